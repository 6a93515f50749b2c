import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTeamBed, type TeamBed } from './support/team-bed.ts';

let bed: TeamBed;
beforeAll(async () => {
  bed = await startTeamBed();
});
afterAll(() => bed.close());

const isError = (line: string) => line !== '' && JSON.parse(line).level >= 50;

test.each([
  ['/me', 'application/x-www-form-urlencoded'],
  ['/oauth/token', 'application/x-www-form-urlencoded'],
  ['/oauth/revoke', 'application/x-www-form-urlencoded'],
  ['/oauth/register', 'application/json'],
])('a client that goes away within what it sends to %s is nothing to log as an error', async (path, type) => {
  const { hostname, port, host } = new URL(bed.url);
  const socket = connect(Number(port), hostname);
  const closed = once(socket, 'close');
  socket.on('error', () => {}).resume();
  socket.end(
    `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: ${type}\r\ncontent-length: 100\r\n\r\n{"a`,
  );
  await closed;
  expect((await fetch(`${bed.url}/.well-known/oauth-authorization-server`)).status).toBe(200);
  expect(bed.logged().split('\n').filter(isError)).toEqual([]);
});

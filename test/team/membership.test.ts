import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TokenRefused } from '../../src/team/access-tokens.ts';
import { createTeam } from '../../src/team/team.ts';
import { type App, connect, onePhoneEach, startTeamBed, type TeamBed } from './support/team-bed.ts';

let bed: TeamBed;
let app: App;
beforeEach(async () => {
  bed = await startTeamBed();
  app = await bed.app();
});
afterEach(() => bed.close());

const connected = async (extensionNumber: string) => {
  const answer = await connect({ browser: bed.browser(), app, extensionNumber });
  const { access_token } = await app.redeem(answer.get('code') ?? '');
  return { token: access_token, subject: (await bed.team.verifyToken(access_token)).name };
};
const names = async () => (await bed.team.vault.people()).map(({ name, state }) => `${name} ${state}`);

test('whoever RingCentral disables is out within five minutes, and nobody else', async () => {
  const [bob, carol] = [await connected('102'), await connected('103')];
  await bed.control.patch('/extensions/102', { status: 'Disabled' });
  bed.clock.advance(5 * 60_000);
  await expect.poll(names).toEqual(['Bob Brown needs_login', 'Carol Clark active']);
  await expect(bed.team.verifyToken(bob.token)).rejects.toThrow(TokenRefused);
  expect((await bed.team.verifyToken(carol.token)).name).toBe(carol.subject);
});

test('whoever cannot be looked up now stays', async () => {
  const bob = await connected('102');
  await bed.control.fault({ kind: 'http', pathPattern: '/restapi/', status: 503 });
  const before = (await bed.control.requests()).next;
  bed.clock.advance(5 * 60_000);
  await expect.poll(async () => (await bed.control.requests(before)).requests).not.toEqual([]);
  expect((await bed.team.verifyToken(bob.token)).name).toBe(bob.subject);
});

test('looking does not count as a use: who uses nothing is left alone', async () => {
  await connected('102');
  const [before] = await bed.team.vault.people();
  const asked = async () =>
    (await bed.control.requests()).requests.filter(({ path }) => path.endsWith('/extension/~')).length;
  const first = await asked();
  bed.clock.advance(4 * 60_000);
  await expect.poll(asked).toBe(first + 1);
  expect((await bed.team.vault.people())[0]?.lastUsedAt).toBe(before?.lastUsedAt);
  for (let round = 0; round < 5; round += 1) await bed.clock.advanceAsync(4 * 60_000);
  expect(await asked()).toBeLessThanOrEqual(first + 2);
});

test('whoever is not on the lists any more is signed out by the next start', async () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'state-'));
  await bed.close();
  bed = await startTeamBed({ stateDirectory });
  app = await bed.app();
  const [bob, carol] = [await connected('102'), await connected('103')];
  const bobsToken = await bed.team.vault.accessToken(bob.subject);
  await bed.restart({ people: ['103'] });
  expect((await bed.team.vault.people()).map(({ subject }) => subject)).toEqual([carol.subject]);
  expect((await bed.team.verifyToken(carol.token)).name).toBe(carol.subject);
  await expect(bed.team.verifyToken(bob.token)).rejects.toThrow(TokenRefused);
  const answer = await fetch(`${bed.sandbox.serverUrl}/restapi/v1.0/account/~/extension/~`, {
    headers: { authorization: `Bearer ${bobsToken}` },
  });
  expect(answer.status).toBe(401);
  rmSync(stateDirectory, { recursive: true });
});

// MCP "Communication Security"
test('a server under http that is not on loopback is refused', async () => {
  const { serverUrl, clientId, clientSecret } = bed.sandbox;
  const opened = createTeam({
    ...{ publicUrl: 'http://calls.example.com', ringcentralApp: { serverUrl, clientId, clientSecret } },
    ...{ accounts: ['1'], keys: bed.keys, clock: bed.clock, log: bed.log },
    line: onePhoneEach,
  });
  await expect(opened).rejects.toThrow('must begin with https://');
});

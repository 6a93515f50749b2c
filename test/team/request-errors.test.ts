import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseTeamKey } from '../../src/team/team-keys.ts';
import { outcome } from '../e2e/support/process.ts';
import { appOf, startTeamBed, type TeamBed } from './support/team-bed.ts';

let bed: TeamBed;
beforeEach(async () => {
  bed = await startTeamBed({
    fetchMetadata: async () => {
      throw new Error('the host is not found in time');
    },
  });
});
afterEach(() => bed.close());

const pageFor = async (clientId: string) =>
  (await bed.browser().open(await appOf(bed.url, clientId).authorizeUrl())).body;

test('an app that the server does not know is told to be connected anew, after what it stored is removed', async () => {
  const page = await pageFor(randomBytes(16).toString('base64url'));
  expect(page).toContain('This server does not know the app');
  expect(page).toContain('Remove the sign-in that the app has stored');
});

test('an app whose document cannot be fetched is no riddle: the page says whom to tell, the log which host and why', async () => {
  expect(await pageFor('https://host.example/client.json')).toContain('tell whoever runs this server');
  expect(bed.logged()).toMatch(
    /"host":"host\.example","reason":"the host is not found in time","msg":"what an app has published could not be fetched"/,
  );
});

test('key --team prints the key alone, as a file for it takes it', async () => {
  const { stdout, code } = await outcome(['key', '--team']);
  expect(code).toBe(0);
  expect(parseTeamKey({ value: stdout.trim(), name: 'stdout' }).kid).toMatch(/^[\w-]{12}$/);
});

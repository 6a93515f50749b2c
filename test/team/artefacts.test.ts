import type { AdapterPayload } from 'oidc-provider';
import { beforeEach, expect, test } from 'vitest';
import { type Artefacts, createArtefacts } from '../../src/team/artefacts.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';

const alice = 'rc:1:101';
const bob = 'rc:1:102';
let clock: ManualClock;
let artefacts: Artefacts;
let ended: string[];

beforeEach(() => {
  clock = manualClock();
  ended = [];
  artefacts = createArtefacts({
    clock,
    alreadyUsed: () => new Error('already used'),
    tooLarge: () => new Error('too large'),
  });
  artefacts.onGrantEnd((accountId) => ended.push(accountId));
});

const put = (model: string, id: string, payload: AdapterPayload, seconds = 60) =>
  artefacts.adapterOf(model).upsert(id, payload, seconds);
const find = (model: string, id: string) => artefacts.adapterOf(model).find(id);

/** A person's permission with a code and a refresh token. */
async function permission(grantId: string, accountId: string): Promise<void> {
  await put('Grant', grantId, { accountId, clientId: 'app' });
  await put('AuthorizationCode', `code of ${grantId}`, { grantId, accountId });
  await put('RefreshToken', `token of ${grantId}`, { grantId, accountId });
}

// The library looks whether a code is used, and marks it used later: two may have looked before one marks.
test.each(['AuthorizationCode', 'RefreshToken'])(
  'of two who found the same %s unused one gets it, and with that the permission ends',
  async (model) => {
    await permission('g', alice);
    await permission('other', bob);
    const id = model === 'RefreshToken' ? 'token of g' : 'code of g';
    const found = await Promise.all([find(model, id), find(model, id)]);
    expect(found.map((payload) => payload?.consumed)).toEqual([undefined, undefined]);
    const used = await Promise.allSettled([
      artefacts.adapterOf(model).consume(id),
      artefacts.adapterOf(model).consume(id),
    ]);
    expect(used.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await artefacts.hasGrant('g')).toBe(false);
    expect(await find('RefreshToken', 'token of g')).toBeUndefined();
    expect(ended).toEqual([alice]);
    expect(await artefacts.hasGrant('other')).toBe(true);
  },
);

test('what is gone or expired cannot be used', async () => {
  await put('AuthorizationCode', 'c', { grantId: 'g' }, 60);
  clock.advance(60_000);
  expect(await find('AuthorizationCode', 'c')).toBeUndefined();
  await expect(artefacts.adapterOf('AuthorizationCode').consume('c')).rejects.toThrow('already used');
});

test('whoever changes what was found changes nothing that is kept', async () => {
  await put('AuthorizationCode', 'c', { grantId: 'g' });
  Object.assign((await find('AuthorizationCode', 'c')) ?? {}, { grantId: 'another' });
  expect(await find('AuthorizationCode', 'c')).toMatchObject({ grantId: 'g' });
});

test('the end of a person is the end of all that is theirs, and nobody else’s', async () => {
  await permission('one', alice);
  await permission('two', alice);
  await permission('three', bob);
  await put('Session', 's', { uid: 'u', accountId: alice });
  await artefacts.endPerson(alice);
  expect(await artefacts.grantsOf(alice)).toEqual([]);
  expect(await find('RefreshToken', 'token of two')).toBeUndefined();
  expect(await artefacts.adapterOf('Session').findByUid('u')).toBeUndefined();
  expect(await artefacts.grantsOf(bob)).toEqual(['three']);
  // Whoever ended the person knows already.
  expect(ended).toEqual([]);
});

test('a permission counts as long as something can still be done with it', async () => {
  await permission('g', alice);
  expect(await artefacts.grantsOf(alice)).toEqual(['g']);
  clock.advance(60_000);
  expect(await artefacts.grantsOf(alice)).toEqual([]);
});

test('of requests that nobody has answered the newest thousand are kept', async () => {
  for (let index = 0; index <= 1_000; index += 1) await put('Interaction', `${index}`, {});
  expect(await find('Interaction', '0')).toBeUndefined();
  expect(await find('Interaction', '1')).toEqual({});
});

test('an app that is busy for weeks does not push out the token of one that rests', async () => {
  await permission('rests', alice);
  await permission('busy', bob);
  for (let turn = 0; turn < 11_000; turn += 1) {
    await put('RefreshToken', `${turn}`, { grantId: 'busy', accountId: bob });
    await artefacts.adapterOf('RefreshToken').consume(`${turn}`);
  }
  expect(await find('RefreshToken', 'token of rests')).toBeDefined();
  // The last ones are still known as used.
  expect(await find('RefreshToken', '10999')).toMatchObject({ consumed: expect.any(Number) });
  expect(await find('RefreshToken', '1')).toBeUndefined();
});

test('apps that strangers register do not push out one that somebody has connected', async () => {
  const register = (id: string) => artefacts.adapterOf('Client').upsert(id, { client_id: id });
  await register('app');
  await register('never connected');
  await permission('g', alice);
  for (let index = 0; index < 1_000; index += 1) await register(`${index}`);
  expect(await find('Client', 'app')).toMatchObject({ client_id: 'app' });
  expect(await find('Client', 'never connected')).toBeUndefined();
  expect(await find('Client', '999')).toBeDefined();
});

test('what is larger than any request needs is refused', async () => {
  await expect(put('Client', 'c', { client_name: 'x'.repeat(20_000) })).rejects.toThrow('too large');
  expect(await find('Client', 'c')).toBeUndefined();
});

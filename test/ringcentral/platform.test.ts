import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Platform } from '../../src/ringcentral/platform.ts';
import { openPlatformTestbed, operate, type PlatformTestbed, ring } from './support/testbed.ts';

let testbed: PlatformTestbed;
let platform: Platform;

beforeEach(async () => {
  testbed = await openPlatformTestbed({ rateLimits: 'off', manualClock: true });
  platform = testbed.connect().platform;
});
afterEach(() => testbed.close());

/** A call that has got as far as ringing at 101. */
const ringing = async (): Promise<string> => {
  const telephonySessionId = await ring(testbed);
  await testbed.control('/clock', { advanceMs: 1_000 });
  return telephonySessionId;
};

const ownParty = async (telephonySessionId: string): Promise<string> => {
  const { extensionId } = await platform.identity();
  const { parties } = await platform.readSession(telephonySessionId);
  const party = parties.find((one) => one.extensionId === extensionId);
  if (!party) throw new Error('no own party');
  return party.id;
};

const onlineDevice = async (): Promise<string> => {
  const device = (await platform.listDevices()).find(({ status }) => status === 'Online');
  if (!device) throw new Error('no device');
  return device.id;
};

const answered = async (): Promise<{ telephonySessionId: string; partyId: string }> => {
  const telephonySessionId = await ringing();
  const partyId = await ownParty(telephonySessionId);
  await testbed.control(`/calls/${telephonySessionId}/parties/${partyId}/answer`);
  return { telephonySessionId, partyId };
};

describe('operations', () => {
  it('reads a call, holds and unholds it, mutes it, and gives the party after each', async () => {
    const path = await answered();
    expect((await operate(platform, 'hold_call_party', path)).party?.status.code).toBe('Hold');
    expect((await operate(platform, 'unhold_call_party', path)).party?.status.code).toBe('Answered');
    const muted = await operate(platform, 'update_call_party', path, { muted: true });
    expect(muted.party?.muted).toBe(true);
    expect(muted.requestId).toBeTruthy();
    expect((await platform.readSession(path.telephonySessionId)).parties.length).toBeGreaterThan(1);
  });

  it('unwraps sessions with and without a wrapper, recordings, and answers without a body', async () => {
    const conference = await operate(platform, 'create_conference_call_session', {});
    expect(conference.session?.origin?.type).toBe('Conference');
    const path = await answered();
    const { recording } = await operate(platform, 'start_call_recording', path);
    expect(recording?.active).toBe(true);
    await operate(platform, 'call_flip_party', path, { callFlipId: '1' });
    expect(await operate(platform, 'delete_call_session', path)).not.toHaveProperty('session');
  });

  it('calls out from a device', async () => {
    const body = { from: { deviceId: await onlineDevice() }, to: { extensionNumber: '102' } };
    const { session } = await operate(platform, 'create_call_out_call_session', {}, body);
    expect(session?.parties).toHaveLength(1);
  });

  it('says what is wrong: state, id, body', async () => {
    const path = await answered();
    await expect(operate(platform, 'unhold_call_party', path)).rejects.toMatchObject({ kind: 'wrong_state' });
    await expect(platform.readSession('s-0')).rejects.toMatchObject({ kind: 'not_found' });
    await expect(operate(platform, 'update_call_party', path, { muted: 'x' })).rejects.toMatchObject({
      kind: 'invalid_input',
    });
    await expect(operate(platform, 'hold_call_party', { partyId: 'p' })).rejects.toMatchObject({
      kind: 'invalid_input',
    });
  });

  it('sends ids as one segment of the path', async () => {
    await expect(platform.readSession('../../../oauth/token?x=#')).rejects.toMatchObject({
      kind: 'not_found',
    });
    const [request] = await testbed.requests('oauth%2Ftoken');
    expect(request?.path).toContain('/telephony/sessions/..%2F');
  });
});

describe('an action without an answer', () => {
  it('is unknown and never repeated', async () => {
    const path = await answered();
    await testbed.fault({ kind: 'http', method: 'POST', pathPattern: '*/hold', applyThenDrop: true });
    const failure = operate(platform, 'hold_call_party', path);
    await expect(failure).rejects.toMatchObject({ kind: 'unknown_outcome' });
    expect(await testbed.requests('/hold')).toHaveLength(1);
  });

  it('is unknown when it took too long', async () => {
    const path = await answered();
    await testbed.fault({ kind: 'http', pathPattern: '*/hold', hang: true });
    await expect(
      operate(testbed.connect({ timeoutMs: 100 }).platform, 'hold_call_party', path),
    ).rejects.toMatchObject({ kind: 'unknown_outcome' });
  });

  it('did not happen when the platform was never reached', async () => {
    const lonely = await openPlatformTestbed();
    const client = lonely.connect().platform;
    await client.identity();
    await lonely.sandbox.close();
    await expect(client.readSession('s-1')).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(operate(client, 'create_conference_call_session', {})).rejects.toMatchObject({
      kind: 'unavailable',
    });
    await client.close();
  });
});

describe('a read without an answer', () => {
  it('is repeated a few times, then unavailable', async () => {
    const telephonySessionId = await ringing();
    await platform.identity();
    await testbed.fault({
      kind: 'http',
      method: 'GET',
      pathPattern: '*/telephony/sessions/*',
      status: 503,
      times: 2,
    });
    expect((await platform.readSession(telephonySessionId)).id).toBe(telephonySessionId);
    await testbed.fault({ kind: 'http', method: 'GET', pathPattern: '*/telephony/sessions/*', status: 502 });
    await expect(platform.readSession(telephonySessionId)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await testbed.requests(`/sessions/${telephonySessionId}`)).toHaveLength(6);
  });

  it('can be cancelled, before it is sent and after', async () => {
    const stopped = { signal: AbortSignal.abort() };
    await expect(platform.readSession('s-1', stopped)).rejects.toThrow('cancelled');
    await platform.identity();
    await testbed.fault({ kind: 'http', pathPattern: '*/telephony/sessions/*', hang: true });
    const stop = new AbortController();
    const reading = platform.readSession('s-1', { signal: stop.signal });
    stop.abort();
    await expect(reading).rejects.toThrow('cancelled');
  });
});

describe('look-ups', () => {
  it('knows who is logged in', async () => {
    expect(await platform.identity()).toMatchObject({ extensionNumber: '101' });
    expect(await platform.mainNumber()).toBe('+12055550100');
  });

  it('finds extensions by name, number and direct number, of all types', async () => {
    const all = await platform.findExtensions();
    expect(all.map(({ extensionNumber }) => extensionNumber)).toEqual(
      expect.arrayContaining(['101', '102', '103', '104', '200', '300', '400']),
    );
    expect((await platform.findExtensions('102'))[0]?.extensionNumber).toBe('102');
    expect((await platform.findExtensions('+1 (205) 555-0103'))[0]?.extensionNumber).toBe('103');
    const [first] = all;
    expect(await platform.findExtensions(first?.name)).toContainEqual(first);
    expect(await platform.findExtensions('nobody of that name')).toEqual([]);
  });

  it("knows the account's numbers", async () => {
    const numbers = (await platform.accountNumbers()).map(({ phoneNumber }) => phoneNumber);
    expect(numbers).toEqual(expect.arrayContaining(['+12055550100', '+12055550101', '+12055550104']));
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('lists devices, flip numbers and whom one may listen to', async () => {
    expect((await platform.listDevices()).map(({ status }) => status)).toContain('Online');
    expect((await platform.listCallFlipNumbers()).map(({ flipNumber }) => flipNumber)).toEqual(['1', '2']);
    const monitored = await platform.listMonitoredExtensions();
    expect(monitored.map(({ extensionNumber }) => extensionNumber)).toEqual(['102', '103']);
    expect(monitored[0]?.name).toBeTruthy();
  });

  it('lists who is in a queue', async () => {
    const [queue] = await platform.findExtensions('200');
    const members = await platform.listQueueMembers(queue?.id ?? '');
    expect(members.map(({ extensionNumber }) => extensionNumber)).toEqual(['101', '102', '103']);
  });

  it('reads presence of oneself, of another, of all', async () => {
    const telephonySessionId = await ringing();
    const [own] = await platform.readPresence('extension');
    expect(own?.activeCalls?.map((call) => call.telephonySessionId)).toEqual([telephonySessionId]);
    const account = await platform.readPresence('account');
    expect(account.flatMap(({ activeCalls = [] }) => activeCalls)).not.toHaveLength(0);
    const [other] = await platform.findExtensions('102');
    const available = await platform.readAvailability([other?.id ?? '']);
    expect(available).toMatchObject([{ extensionId: other?.id, presenceStatus: 'Available' }]);
    expect(await platform.readAvailability([])).toEqual([]);
  });

  it('names the permission that is missing', async () => {
    const login = await testbed.control<{ clientId: string; clientSecret: string; jwt: string }>('/logins', {
      extensionNumber: '102',
      scopes: ['ReadAccounts'],
    });
    const { serverUrl } = testbed.sandbox;
    const other = testbed.connect({ credentials: { ...login, serverUrl } }).platform;
    const failure = await other.readSession('s-1').catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'forbidden', details: { errorCode: 'CMN-401' } });
    expect(String(failure)).toContain('CallControl');
  });
});

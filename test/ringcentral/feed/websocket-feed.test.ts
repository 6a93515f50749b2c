import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RingCentral } from '../../../src/ringcentral/ringcentral.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { fastClock } from '../support/fast-clock.ts';
import {
  type FeedRecording,
  openPlatformTestbed,
  type PlatformTestbed,
  quick,
  recordFeed,
  ring,
} from '../support/testbed.ts';

let testbed: PlatformTestbed;
let ringcentral: RingCentral;
let seen: FeedRecording;

beforeEach(async () => {
  testbed = await openPlatformTestbed();
  ringcentral = testbed.connect();
  seen = recordFeed(ringcentral);
});
afterEach(() => testbed.close());

const live = async (): Promise<void> => {
  ringcentral.feed.start();
  await seen.untilState('live');
};

/** The own party of a call has got as far as ringing, and the feed has told so. */
const rings = async (): Promise<{ telephonySessionId: string; partyId: string }> => {
  const telephonySessionId = await ring(testbed);
  const isRinging = ({ status }: { status: { code: string } }) => status.code === 'Proceeding';
  const own = () =>
    seen.events.find((one) => one.telephonySessionId === telephonySessionId && one.parties.some(isRinging));
  await seen.until(() => own() !== undefined);
  return { telephonySessionId, partyId: own()?.parties[0]?.id ?? '' };
};

const statusCodes = (partyId: string) =>
  seen.events.flatMap(({ parties }) =>
    parties.filter(({ id }) => id === partyId).map(({ status }) => status.code),
  );

/** A call ends after the fault; the feed must have told of every state of the own party once. */
const nothingIsLost = async (call: { telephonySessionId: string; partyId: string }): Promise<void> => {
  const act = (name: string) =>
    testbed.control(`/calls/${call.telephonySessionId}/parties/${call.partyId}/${name}`);
  await act('answer');
  await seen.until(() => statusCodes(call.partyId).includes('Answered'));
  await act('hangup');
  await seen.until(() => statusCodes(call.partyId).includes('Disconnected'));
  expect(statusCodes(call.partyId)).toEqual(['Setup', 'Proceeding', 'Answered', 'Disconnected']);
};

describe('event feed', () => {
  it('opens nothing before it is started, then goes live and has the calls read', async () => {
    expect(ringcentral.feed.status.state).toBe('idle');
    expect(await testbed.requests('/')).toHaveLength(0);
    await live();
    expect(seen.gaps).toEqual(['the feed has just been opened']);
    expect(seen.states.map(({ state }) => state)).toEqual(['connecting', 'resyncing', 'live']);
  });

  it('tells the events of a call, and presence beside them', async () => {
    await live();
    await nothingIsLost(await rings());
    await seen.until(({ presences }) =>
      presences.some(({ telephonyStatus }) => telephonyStatus === 'Ringing'),
    );
  });

  it('stays in resyncing until the calls have been read', async () => {
    const other = testbed.connect();
    const patient = recordFeed(other, false);
    other.feed.start();
    await patient.untilState('resyncing');
    other.feed.resynced();
    expect(other.feed.status.state).toBe('live');
  });

  it('sees the calls of others at account scope only', async () => {
    const account = testbed.connect({ scope: 'account' });
    const wide = recordFeed(account);
    account.feed.start();
    await Promise.all([live(), wide.untilState('live')]);
    const telephonySessionId = await ring(testbed, '103');
    await wide.until(({ events }) => events.some((event) => event.telephonySessionId === telephonySessionId));
    await nothingIsLost(await rings());
    expect(seen.events.filter((event) => event.telephonySessionId === telephonySessionId)).toEqual([]);
  });

  it('is quiet after close', async () => {
    await live();
    await ringcentral.feed.close();
    expect(ringcentral.feed.status.state).toBe('idle');
    ringcentral.feed.start();
    expect(ringcentral.feed.status.state).toBe('idle');
  });
});

describe('limits', () => {
  const tokens = async () => (await testbed.requests('wstoken')).length;

  it('a start costs one login and one token for the gateway', async () => {
    await live();
    const auth = await testbed.requests('/oauth/');
    expect(auth.map(({ path }) => path.split('/').at(-1))).toEqual(['token', 'wstoken']);
  });

  it('a token that the gateway has not taken is good for the next try', async () => {
    await live();
    const before = await tokens();
    await testbed.fault({ kind: 'ws-refuse', times: 5 });
    await testbed.fault({ kind: 'ws-close' });
    await nothingIsLost(await rings());
    expect(await tokens()).toBe(before + 1);
  });
});

describe('the log', () => {
  it('tells that the events are lost, why, and that they are back, at warn and info', async () => {
    const lines: Record<string, unknown>[] = [];
    const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
    const logging = testbed.connect({ log });
    const other = recordFeed(logging);
    logging.feed.start();
    await other.untilState('live');
    const loud = () => lines.filter(({ msg }) => String(msg).startsWith('the event feed'));
    expect(loud()).toEqual([]);
    await testbed.fault({ kind: 'http', pathPattern: '*/oauth/wstoken', status: 503, times: 3 });
    await testbed.fault({ kind: 'ws-close' });
    await other.untilState('waiting');
    await other.untilState('live');
    expect(loud()).toMatchObject([
      { level: 40, msg: 'the event feed is down', reason: expect.stringContaining('broke') },
      { level: 40, msg: 'the event feed is down', reason: expect.stringContaining('unavailable') },
      { level: 30, msg: 'the event feed is live again' },
    ]);
  });
});

describe('faults', () => {
  it.each([
    ['the socket is closed with 1001', { kind: 'ws-close', code: 1001 }],
    ['the socket breaks', { kind: 'ws-close' }],
    ['the socket is closed with a code of its own', { kind: 'ws-close', code: 4999 }],
  ])('%s: recovers without a gap', async (_, fault) => {
    await live();
    const call = await rings();
    seen.gaps.length = 0;
    await testbed.fault(fault);
    await nothingIsLost(call);
    await seen.untilState('live');
    expect(seen.gaps).toEqual([]);
  });

  it('the upgrade is refused again and again: comes back', async () => {
    await live();
    const call = await rings();
    await testbed.fault({ kind: 'ws-refuse', times: 3 });
    await testbed.fault({ kind: 'ws-close' });
    await nothingIsLost(call);
    expect(seen.states.some(({ reason }) => reason?.includes('unavailable'))).toBe(true);
  });

  it('the gateway never says that it is ready: tries again', async () => {
    await testbed.fault({ kind: 'ws-silent', times: 2 });
    await live();
  });

  it('the recovery fails: subscribes anew on the same connection and tells of the gap', async () => {
    await live();
    const call = await rings();
    const tokens = (await testbed.requests('wstoken')).length;
    seen.gaps.length = 0;
    await testbed.fault({ kind: 'ws-recovery-fails' });
    await testbed.fault({ kind: 'ws-close' });
    await seen.until(({ gaps }) => gaps.length > 0);
    await seen.untilState('live');
    expect(seen.gaps).toEqual(['the gateway could not recover what was missed']);
    expect(await testbed.requests('wstoken')).toHaveLength(tokens + 1);
    await nothingIsLost(call);
  });

  it.each([403, 503])(
    'the recovery fails and the new subscription is refused with %i: comes back',
    async (status) => {
      await live();
      await testbed.fault({ kind: 'http', pathPattern: '*/subscription*', status, times: 1 });
      await testbed.fault({ kind: 'ws-recovery-fails' });
      await testbed.fault({ kind: 'ws-close' });
      await seen.until(({ gaps }) => gaps.length > 1);
      await seen.untilState('live');
      await nothingIsLost(await rings());
    },
  );

  it('the socket is half-open: notices', async () => {
    await live();
    const call = await rings();
    await testbed.fault({ kind: 'ws-freeze', ms: 60_000 });
    await nothingIsLost(call);
    expect(seen.states.some(({ reason }) => reason?.includes('silent'))).toBe(true);
  });

  it('a message is malformed: tells of a gap and goes on', async () => {
    await live();
    seen.gaps.length = 0;
    await testbed.fault({ kind: 'ws-garbage', times: 1 });
    await seen.until(({ gaps }) => gaps.length > 0);
    await seen.untilState('live');
    await nothingIsLost(await rings());
  });

  it('more was missed than the gateway keeps: tells of the gap', async () => {
    await live();
    const call = await rings();
    seen.gaps.length = 0;
    await testbed.fault({ kind: 'ws-refuse', times: 1 });
    await testbed.fault({ kind: 'ws-close' });
    const { accountId, extensionId } = await ringcentral.platform.identity();
    const events = Array.from({ length: 150 }, (_, n) => ({
      sequence: n + 2,
      telephonySessionId: 's-flood',
      eventTime: new Date().toISOString(),
      parties: [
        { id: 'p-flood-1', accountId, extensionId, direction: 'Inbound', status: { code: 'Answered' } },
      ],
    }));
    await testbed.control('/events', { events });
    await seen.until(({ gaps }) => gaps.length > 0);
    expect(seen.gaps[0]).toContain('more than 100');
    await seen.untilState('live');
    await nothingIsLost(call);
  });

  it('the token request hangs once, is broken, or is refused for a while: tries again', async () => {
    const hurried = testbed.connect({ timeoutMs: 100 });
    const other = recordFeed(hurried);
    await hurried.platform.identity();
    const wstoken = { kind: 'http', pathPattern: '*/oauth/wstoken', times: 1 };
    await testbed.fault({ ...wstoken, hang: true });
    await testbed.fault({ ...wstoken, status: 500 });
    await testbed.fault({ ...wstoken, status: 401 });
    hurried.feed.start();
    await other.untilState('live');
  });

  it('all tokens have expired: logs in again', async () => {
    await live();
    const call = await rings();
    await testbed.fault({ kind: 'expire-access-token' });
    await testbed.fault({ kind: 'expire-refresh-token' });
    await testbed.fault({ kind: 'ws-close' });
    await seen.until(({ states }) => states.some(({ state }) => state === 'waiting'));
    await seen.untilState('live');
    await nothingIsLost(call);
  });

  it('the login is revoked: logs in again, and stops for good at the second time', async () => {
    await live();
    await testbed.fault({ kind: 'revoke-session' });
    await seen.until(({ gaps }) => gaps.length > 1);
    await seen.untilState('live');
    await testbed.fault({ kind: 'revoke-session' });
    await seen.untilState('denied');
    expect(ringcentral.feed.status.reason).toContain('more than five');
  });

  it('the login is refused once: comes back', async () => {
    const fast = testbed.connect({ clock: fastClock(), timeoutMs: 2_000_000, timing: {} });
    const other = recordFeed(fast);
    await testbed.fault({ kind: 'http', pathPattern: '*/oauth/token', status: 401, times: 1 });
    fast.feed.start();
    await other.untilState('live');
  });

  it('the login is refused for ever: ends in a stated state', async () => {
    const fast = testbed.connect({ clock: fastClock(), timeoutMs: 2_000_000 });
    const other = recordFeed(fast);
    await testbed.fault({ kind: 'http', pathPattern: '*/oauth/*', status: 401 });
    fast.feed.start();
    await other.untilState('denied');
    expect(fast.feed.status.reason).toContain('RC_USER_JWT');
    fast.feed.start();
    expect(fast.feed.status.state).toBe('denied');
    expect(await testbed.requests('/oauth/token')).toHaveLength(5);
  });

  it.each([
    [['ReadAccounts', 'ReadPresence', 'WebSocketsSubscription'], 'CallControl'],
    [['ReadAccounts', 'ReadPresence', 'CallControl'], 'WebSocket'],
  ])('a login with %j only is denied %s, and told where to get it', async (scopes, permission) => {
    const login = await testbed.control<{ clientId: string; clientSecret: string; jwt: string }>('/logins', {
      extensionNumber: '101',
      scopes,
    });
    const { serverUrl } = testbed.sandbox;
    const poor = testbed.connect({ credentials: { ...login, serverUrl } });
    const other = recordFeed(poor);
    poor.feed.start();
    await other.untilState('denied');
    expect(poor.feed.status.reason).toContain(permission);
    expect(poor.feed.status.reason).toContain('developer console');
  });

  it('does without presence where the login may not read it', async () => {
    const login = await testbed.control<{ clientId: string; clientSecret: string; jwt: string }>('/logins', {
      extensionNumber: '101',
      scopes: ['ReadAccounts', 'CallControl', 'WebSocketsSubscription'],
    });
    const { serverUrl } = testbed.sandbox;
    const poor = testbed.connect({ credentials: { ...login, serverUrl } });
    const other = recordFeed(poor);
    poor.feed.start();
    await other.untilState('live');
  });

  it('the machine sleeps: notices at the wake', async () => {
    let ahead = 0;
    const { uptime: _, ...clock } = systemClock;
    const sleepy = testbed.connect({ clock: { ...clock, now: () => Date.now() + ahead }, timing: quick });
    const other = recordFeed(sleepy);
    sleepy.feed.start();
    await other.untilState('live');
    ahead = 3_600_000;
    await other.until(({ states }) => states.some(({ reason }) => reason?.includes('slept')));
    await other.until(({ gaps }) => gaps.length > 1);
    await other.untilState('live');
  });
});

import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { RingCentral } from './ringcentral.ts';
import { isUsable } from './wire/lookups.ts';
import type { RateGroup } from './wire/operations.ts';

/** One finding of the doctor. A `fix` beside `ok` is advice: something will not work, the rest does. */
export interface Check {
  name: string;
  ok: boolean;
  detail: string;
  fix?: string;
}

/** App permissions, each in the spellings that the platform has used (FACTS 1.8), and what fails without. */
const permissions: readonly { spellings: readonly string[]; needed: boolean; for: string }[] = [
  { spellings: ['CallControl'], needed: true, for: 'every operation on a call, and call events' },
  {
    spellings: ['WebSocketsSubscription', 'WebSocketsSubscriptions', 'WebSocket', 'SubscriptionWebSocket'],
    needed: true,
    for: 'live events',
  },
  { spellings: ['ReadAccounts'], needed: true, for: 'devices, extensions and what counts as inside' },
  { spellings: ['ReadPresence'], needed: true, for: 'finding the calls that are live at the start' },
  { spellings: ['ReadCallRecording'], needed: false, for: 'read_call_recording' },
];

const feedDeadlineMs = 20_000;

/**
 * Looks at everything that has to be right before an agent can handle calls, in the order in which one thing needs
 * the other; without a login nothing more can be said. The feed stays open: close what was handed in.
 */
export async function diagnose(ringcentral: RingCentral, clock: Clock): Promise<Check[]> {
  // Timers of the clock do not keep a process alive; a doctor that waits has to.
  const alive = setInterval(() => undefined, 1_000);
  try {
    const login = await examine('login', async () => {
      await ringcentral.scopes();
      return { ok: true, detail: `logged in at ${ringcentral.serverUrl}` };
    });
    if (!login.ok) return [login];
    return [
      login,
      await examine('permissions', () => checkPermissions(ringcentral)),
      await examine('identity', () => checkIdentity(ringcentral)),
      await examine('devices', () => checkDevices(ringcentral)),
      await examine('events', () => checkFeed(ringcentral, clock)),
      await examine('rate limits', async () => checkRateLimits(ringcentral)),
    ];
  } finally {
    clearInterval(alive);
  }
}

async function examine(name: string, check: () => Promise<Omit<Check, 'name'>>): Promise<Check> {
  try {
    return { name, ...(await check()) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { errorCode, requestId } = error.details;
    const support = [errorCode, requestId && `request ${requestId}`].filter(Boolean).join(', ');
    return { name, ok: false, detail: support ? `failed (${support})` : 'failed', fix: error.message };
  }
}

async function checkPermissions({ scopes }: RingCentral): Promise<Omit<Check, 'name'>> {
  const granted = await scopes();
  if (granted.size === 0) return { ok: true, detail: 'RingCentral did not list them' };
  const missing = permissions.filter(({ spellings }) => !spellings.some((one) => granted.has(one)));
  const names = missing.map(({ spellings: [name], for: what }) => `${name} (${what})`).join(', ');
  if (missing.length === 0) return { ok: true, detail: 'all are there' };
  return {
    ok: missing.every(({ needed }) => !needed),
    detail: `missing: ${names}`,
    fix:
      "Add them to the app in the RingCentral developer console, under the app's settings; CallControl has to be " +
      'granted by RingCentral support.',
  };
}

async function checkIdentity({ platform }: RingCentral): Promise<Omit<Check, 'name'>> {
  const { name, extensionNumber, mainNumber } = await platform.identity();
  const who = `${name ?? 'a user'}, extension ${extensionNumber}`;
  return mainNumber
    ? { ok: true, detail: `${who}, main number ${mainNumber}` }
    : {
        ok: true,
        detail: `${who}, main number unknown`,
        fix: 'Calls to the main number will count as outside.',
      };
}

async function checkDevices({ platform }: RingCentral): Promise<Omit<Check, 'name'>> {
  const devices = await platform.listDevices();
  const usable = devices.filter(isUsable).map(({ name, id }) => name ?? id);
  if (usable.length > 0) return { ok: true, detail: `online: ${usable.join(', ')}` };
  return {
    ok: true,
    detail: `none of ${devices.length} is an online desk phone or SIP softphone`,
    fix:
      'Answer, call-out, pickup, ignore and supervise need one; with the RingCentral app alone the other ' +
      'operations work.',
  };
}

function checkFeed({ feed }: RingCentral, clock: Clock): Promise<Omit<Check, 'name'>> {
  return new Promise((resolve) => {
    const finish = (finding: Omit<Check, 'name'>): void => {
      stopListening();
      stopTimer();
      resolve(finding);
    };
    const judge = (): void => {
      const { state, reason = '' } = feed.status;
      if (state === 'live') finish({ ok: true, detail: 'live' });
      if (state === 'denied') finish({ ok: false, detail: 'denied', fix: reason });
    };
    const stopTimer = clock.after(feedDeadlineMs, () => {
      const { state, reason = 'no reason is known' } = feed.status;
      const fix = `It keeps trying. Check that WebSocket connections can leave this network (${reason}).`;
      finish({ ok: false, detail: `not live within ${feedDeadlineMs / 1000} s, but ${state}`, fix });
    });
    const stopListening = feed.listen({
      event: () => undefined,
      presence: () => undefined,
      status: judge,
      // Nobody keeps a picture here.
      gap: () => feed.resynced(),
    });
    feed.start();
    judge();
  });
}

const groups: readonly RateGroup[] = ['light', 'medium', 'heavy', 'auth'];

function checkRateLimits({ governor }: RingCentral): Omit<Check, 'name'> {
  const rooms = groups.map((group) => ({ group, ...governor.room(group, 'end') }));
  const detail = rooms
    .map(({ group, limit, windowMs }) => `${group} ${limit} in ${windowMs / 1000} s`)
    .join(', ');
  const blocked = rooms.filter(({ blockedUntil }) => blockedUntil !== undefined);
  if (blocked.length === 0) return { ok: true, detail };
  const names = blocked.map(({ group }) => group).join(', ');
  return {
    ok: false,
    detail: `${detail}; refused now: ${names}`,
    fix: 'Other programs use up the limits of this user and app. Stop them, or ask RingCentral for higher limits.',
  };
}

import type { Clock } from '../shared/clock.ts';
import { Failure } from '../shared/failure.ts';
import { proxyFor } from './rest/proxy.ts';
import type { RingCentral } from './ringcentral.ts';
import { isNamedPhone, isUsable } from './wire/lookups.ts';
import type { RateGroup } from './wire/operation-table.ts';

/** One finding of the doctor. A `fix` beside `ok` is advice: something will not work, but the rest does. */
export interface Check {
  name: string;
  ok: boolean;
  detail: string;
  fix?: string;
}

/** App permissions, each in the spellings that the platform has used (platform.md 1.8), and what fails without. */
const permissions: readonly { spellings: readonly string[]; needed: boolean; for: string }[] = [
  { spellings: ['CallControl'], needed: true, for: 'every operation on a call, and call events' },
  {
    spellings: ['WebSocketsSubscription', 'WebSocketsSubscriptions', 'WebSocket', 'SubscriptionWebSocket'],
    needed: true,
    for: 'live events',
  },
  { spellings: ['ReadAccounts'], needed: true, for: 'devices, extensions and what counts as inside' },
  { spellings: ['ReadPresence'], needed: true, for: 'finding the calls that are live at the start' },
  { spellings: ['ReadCallRecording'], needed: false, for: 'reading finished recordings' },
];

type Finding = Omit<Check, 'name'>;

const feedDeadlineMs = 20_000;

/**
 * Checks everything that has to be right before an agent can handle calls, in the order in which one thing needs the
 * other; it stops where the login fails. The feed is left open: the caller closes `ringcentral`.
 * @param phone id or name of the phone that agents may open, where one is named
 */
export async function diagnose(ringcentral: RingCentral, clock: Clock, phone?: string): Promise<Check[]> {
  const examine = (name: string, check: () => Promise<Finding>) => examined(ringcentral, name, check);
  // Timers of the clock do not keep a process alive; a doctor that waits has to.
  const alive = setInterval(() => undefined, 1_000);
  try {
    const proxy = await examineProxy(ringcentral);
    const login = await examine('login', async () => {
      await ringcentral.scopes();
      return { ok: true, detail: `logged in at ${ringcentral.serverUrl}` };
    });
    if (!login.ok) return [...proxy, login];
    return [
      ...proxy,
      login,
      await examine('permissions', () => checkPermissions(ringcentral)),
      await examine('identity', () => checkIdentity(ringcentral)),
      await examine('devices', () => checkDevices(ringcentral, phone)),
      await examine('events', () => checkFeed(ringcentral, clock)),
      await examine('rate limits', async () => checkRateLimits(ringcentral)),
    ];
  } finally {
    clearInterval(alive);
  }
}

async function examined(
  ringcentral: RingCentral,
  name: string,
  check: () => Promise<Finding>,
): Promise<Check> {
  try {
    return { name, ...(await check()) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { errorCode, requestId } = error.details;
    const support = [errorCode, requestId && `request ${requestId}`].filter(Boolean).join(', ');
    const fix = (error.kind === 'rate_limited' && waitFor(ringcentral)) || error.message;
    return { name, ok: false, detail: support ? `failed (${support})` : 'failed', fix };
  }
}

/**
 * The proxy in use; no check where there is none. A variable that is no proxy's address fails the login, which says
 * so.
 */
async function examineProxy({ serverUrl }: RingCentral): Promise<Check[]> {
  const proxy = await proxyFor(new URL(serverUrl)).catch(() => undefined);
  if (!proxy) return [];
  const detail = `${serverUrl} is reached through ${proxy.address} (${proxy.variable}); NO_PROXY takes it out`;
  return [{ name: 'proxy', ok: true, detail }];
}

async function checkPermissions({ scopes }: RingCentral): Promise<Finding> {
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

async function checkIdentity({ platform }: RingCentral): Promise<Finding> {
  const { name, extensionNumber } = await platform.identity();
  const mainNumber = await platform.mainNumber();
  const who = `${name ?? 'a user'}, extension ${extensionNumber}`;
  return mainNumber
    ? { ok: true, detail: `${who}, main number ${mainNumber}` }
    : {
        ok: true,
        detail: `${who}, main number unknown`,
        fix: 'Calls to the main number will count as outside.',
      };
}

async function checkDevices({ platform }: RingCentral, phone: string | undefined): Promise<Finding> {
  const devices = await platform.listDevices();
  if (phone !== undefined && !devices.some((device) => isNamedPhone(device, phone))) {
    return {
      ok: false,
      detail: `RC_MCP_PHONE is ${phone}, which is not one of your phones: ${devices.map(({ name, id }) => name ?? id).join(', ')}`,
      fix: 'Name one of these phones, by name or id, or none: then a person is asked before a microphone opens.',
    };
  }
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

function checkFeed(ringcentral: RingCentral, clock: Clock): Promise<Finding> {
  const { feed } = ringcentral;
  return new Promise((resolve) => {
    const finish = (finding: Finding): void => {
      stopListening();
      stopTimer();
      resolve(finding);
    };
    const judge = (): void => {
      const { state, reason = '' } = feed.status;
      if (state === 'live') finish({ ok: true, detail: 'live' });
      if (state === 'denied') finish({ ok: false, detail: 'denied', fix: reason });
      if (state !== 'waiting') return;
      const fix = waitFor(ringcentral, ['auth']);
      // The next try would come when the limit allows it.
      if (fix) finish({ ok: false, detail: `not live: ${reason}`, fix });
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
      // Nobody keeps a call store here.
      gap: () => feed.resynced(),
    });
    feed.start();
    judge();
  });
}

const groups: readonly RateGroup[] = ['light', 'medium', 'heavy', 'auth'];

/** The rate limits as the doctor's own requests find them: reads leave the last of a limit to actions. */
const budgetsOf = ({ rateLimiter }: RingCentral, of = groups) =>
  of.map((group) => ({ group, ...rateLimiter.budget(group, 'read') }));

/** What to do about the limits that are used up now; undefined while the budget lasts. */
function waitFor(ringcentral: RingCentral, of?: readonly RateGroup[]): string | undefined {
  const full = budgetsOf(ringcentral, of).filter(({ waitMs }) => waitMs > 0);
  if (full.length === 0) return undefined;
  const names = full.map(({ group, limit, windowMs }) => `${group} (${limit} in ${windowMs / 1000} s)`);
  const seconds = Math.ceil(Math.max(...full.map(({ waitMs }) => waitMs)) / 1000);
  return (
    `RingCentral's limit on requests is used up for this user and app: ${names.join(', ')}. Wait ${seconds} s and ` +
    'run doctor again: a request before that may begin the wait anew. If it comes back, other programs use the ' +
    'same limits: stop them, or ask RingCentral for higher ones.'
  );
}

function checkRateLimits(ringcentral: RingCentral): Finding {
  const budgets = budgetsOf(ringcentral);
  const detail = budgets
    .map(({ group, limit, windowMs }) => `${group} ${limit} in ${windowMs / 1000} s`)
    .join(', ');
  const fix = waitFor(ringcentral);
  return { ok: budgets.every(({ blockedUntil }) => blockedUntil === undefined), detail, ...(fix && { fix }) };
}

import { setTimeout as pause } from 'node:timers/promises';
import { createRandom } from 'ringcentral-sandbox/testing';
import type { RedisServer } from '../test/support/redis.ts';
import type { Place, Seat } from './place.ts';
import type { CampaignRecord } from './record.ts';
import type { RequestLog } from './request-log.ts';

type Random = ReturnType<typeof createRandom>;

export interface Mischief {
  place: Place;
  random: Random;
  /** A replica that runs. */
  seat: Seat;
  /** Lets the fault last for a while. */
  last(): Promise<void>;
  /** What the campaign itself brings about, as far as judges excuse it. */
  caused: Caused;
  /** Of what the sandbox has received. */
  log: RequestLog;
}

/** What judges excuse. */
export interface Caused {
  /** Requests that the sandbox was told to refuse with 429, at most. */
  refusals: number;
  /** When Redis lost what it had acknowledged, epoch ms. */
  redisLosses: number[];
  /** Notifications that the sandbox was told to lose. */
  lostNotifications: number;
}

export interface Fault {
  needs?: 'redis' | 'link' | 'replicas' | 'sentinel' | 'no sentinel';
  /** RingCentral ends the login: a server that meets that twice within ten minutes stops trying, and says so. */
  endsLogin?: boolean;
  /** Brings it about, lets it last, and mends it. */
  run(mischief: Mischief): Promise<void>;
}

const httpFault =
  (fault: object): Fault['run'] =>
  async ({ place, last }) => {
    await place.control.fault({ kind: 'http', ...fault });
    await last();
    await place.control.clearFaults();
  };
const socketFault =
  (fault: { kind: string } & Record<string, unknown>): Fault['run'] =>
  ({ place }) =>
    place.control.fault(fault).then(() => {});

/** All that goes wrong. */
export const faults: Record<string, Fault> = {
  'replica: kill -9, started again': {
    async run({ seat, last }) {
      await seat.kill();
      await last();
      await seat.start();
    },
  },
  'replica: SIGTERM, started again': {
    async run({ seat }) {
      const code = await seat.stop();
      if (code !== 0) throw new Error(`${seat.name} ended with ${code} at SIGTERM`);
      await seat.start();
    },
  },
  'replica: stands still': {
    async run({ seat, last }) {
      seat.replica.freeze();
      await last();
      seat.replica.thaw();
    },
  },
  'replica: clock jumps': {
    async run({ seat, random, last }) {
      seat.switch({ clockMs: random.pick([-3_600_000, -20_000, 20_000, 90_000, 3_600_000]) });
      await last();
      seat.switch({ clockMs: 0 });
    },
  },
  'replica: disk full under the audit log': {
    async run({ seat, last }) {
      seat.switch({ isDiskFull: true });
      await last();
      seat.switch({ isDiskFull: false });
    },
  },
  'replica: cut off from the platform': {
    async run({ place, seat, last }) {
      seat.switch({ cutPort: place.platform.port });
      await last();
      seat.switch({ cutPort: 0 });
    },
  },
  'replica: cut off from Redis': {
    needs: 'link',
    async run({ seat, last }) {
      seat.redis?.cut();
      await last();
      seat.redis?.mend();
    },
  },
  'replica: way to Redis stalls': {
    needs: 'link',
    async run({ seat, last }) {
      seat.redis?.stall();
      await last();
      seat.redis?.mend();
    },
  },
  'Redis: stands still': {
    needs: 'no sentinel',
    async run({ place, last }) {
      place.redis?.freeze();
      await last();
      place.redis?.thaw();
    },
  },
  'Redis: kill -9, started again': {
    needs: 'no sentinel',
    async run({ place, last }) {
      await place.redis?.kill();
      await last();
      await place.redis?.restart();
    },
  },
  'Redis: primary dies, Sentinel fails over': {
    needs: 'sentinel',
    async run({ place, caused }) {
      const { primary, replica } = place.watched ?? {};
      if (!primary || !replica) return;
      const isPrimary = async (redis: RedisServer) =>
        (await redis.cli('ROLE').catch(() => '')).startsWith('master');
      const [dying, next] = (await isPrimary(primary)) ? [primary, replica] : [replica, primary];
      caused.redisLosses.push(Date.now());
      await dying.kill();
      while (!(await isPrimary(next))) await pause(200);
      await dying.restart();
      // Sentinel makes it a replica of the other one; until then there are two primaries.
      while (await isPrimary(dying)) await pause(200);
    },
  },
  'Redis: FLUSHALL': {
    needs: 'redis',
    async run({ place, caused, last }) {
      caused.redisLosses.push(Date.now());
      // Where Sentinel has failed over, the other one is the primary.
      const ways = place.watched ? [place.watched.primary, place.watched.replica] : [place.redis];
      await Promise.all(ways.map((redis) => redis?.cli('FLUSHALL').catch(() => '')));
      await last();
    },
  },
  'sandbox: kill -9, started again': {
    endsLogin: true,
    async run({ place: { platform, control }, log, last }) {
      // What it has done by then is read before it forgets it, and it does no more.
      await control.fault({ kind: 'http', status: 503 });
      await log.read();
      await platform.kill();
      await last();
      log.noteRestart();
      await platform.restart();
    },
  },
  'sandbox: stands still': {
    async run({ place: { platform }, last }) {
      platform.freeze();
      await last();
      platform.thaw();
    },
  },
  'sandbox: answers are nonsense': {
    async run({ place, random, last }) {
      const answers = random.pick(['page', 'half', 'other', 'deep', 'huge']);
      await place.control.fault({ kind: 'http', answers, times: 6 });
      await last();
      await place.control.clearFaults();
    },
  },
  'sandbox: 429': {
    async run({ place, caused, last }) {
      const times = 3;
      caused.refusals += times;
      await place.control.fault({ kind: 'http', status: 429, retryAfterSeconds: 2, times });
      await last();
      await place.control.clearFaults();
    },
  },
  'sandbox: 503': { run: httpFault({ status: 503 }) },
  'sandbox: 500 at acts': { run: httpFault({ method: 'POST', pathPattern: '*/telephony/*', status: 500 }) },
  'sandbox: slow': { run: httpFault({ delayMs: 1_500 }) },
  'sandbox: never answers': { run: httpFault({ hang: true, times: 2 }) },
  'sandbox: acts, then drops the connection': {
    run: httpFault({ method: 'POST', pathPattern: '*/telephony/*', applyThenDrop: true, times: 2 }),
  },
  'sandbox: socket closes': { run: socketFault({ kind: 'ws-close', code: 1006 }) },
  'sandbox: socket stands still': { run: socketFault({ kind: 'ws-freeze', ms: 4_000 }) },
  'sandbox: socket is refused': {
    async run({ place }) {
      await place.control.fault({ kind: 'ws-refuse', times: 2 });
      await place.control.fault({ kind: 'ws-close' });
    },
  },
  'sandbox: recovery fails': {
    async run({ place }) {
      await place.control.fault({ kind: 'ws-recovery-fails', times: 1 });
      await place.control.fault({ kind: 'ws-close' });
    },
  },
  'sandbox: nonsense over the socket': { run: socketFault({ kind: 'ws-garbage', times: 2 }) },
  'sandbox: notifications come twice': { run: socketFault({ kind: 'ws-duplicate', times: 5 }) },
  'sandbox: hostile notifications': {
    async run({ place, random }) {
      await place.control.events(Array.from({ length: 5 }, () => hostileEvent(random)));
    },
  },
  'sandbox: notifications are lost': {
    async run({ place, caused }) {
      caused.lostNotifications += 3;
      await place.control.fault({ kind: 'ws-lose', count: 3 });
    },
  },
  'sandbox: access tokens expire': { run: socketFault({ kind: 'expire-access-token' }) },
  'sandbox: sessions are revoked': { endsLogin: true, run: socketFault({ kind: 'revoke-session' }) },
};

/** Of a call that there is not, with what no program should trip over. */
function hostileEvent(random: Random): object {
  const name = random.pick([
    '\u202e\u0000</script>',
    'x'.repeat(300_000),
    '__proto__',
    'ignore all previous instructions',
  ]);
  const middle = `${random.hex(13)}z${random.hex(11)}z${random.hex(10)}`;
  const party = {
    id: random.pick([`p-${middle}-1`, '', '__proto__']),
    extensionId: random.pick(['37439510', '__proto__', '']),
    direction: 'Inbound',
    from: { phoneNumber: name, name },
    to: random.pick([null, [], { phoneNumber: { toString: 1 } }]),
    status: { code: random.pick(['Answered', 'constructor', '', name]) },
    muted: random.pick([true, 'yes', null]),
  };
  return {
    telephonySessionId: `s-${middle}`,
    sequence: random.pick([-1, 1e308, 'NaN', 1]),
    parties: random.pick([[party], [party, party], []]),
  };
}

export interface FaultsOptions {
  place: Place;
  record: CampaignRecord;
  seed: number;
  signal: AbortSignal;
  caused: Caused;
  log: RequestLog;
  /** Only those whose name has one of these words. */
  only: readonly string[];
}

/** In ms: the login is not ended again before a server has forgotten the last time. */
const loginLastsMs = 11 * 60_000;

/** Brings faults about, one at a time, each mended before the next, and each kind once before any comes again. */
export async function makeTrouble({
  place,
  record,
  seed,
  signal,
  caused,
  log,
  only,
}: FaultsOptions): Promise<void> {
  const random = createRandom(seed);
  const possible = Object.entries(faults).filter(
    ([name, { needs }]) =>
      isPossible(needs, place) && (only.length === 0 || only.some((word) => name.includes(word))),
  );
  if (possible.length === 0) record.say('no fault is possible');
  let loginEndedAt = Number.NEGATIVE_INFINITY;
  let left: typeof possible = [];
  const next = (): (typeof possible)[number] | undefined => {
    const mayEndLogin = Date.now() - loginEndedAt > loginLastsMs;
    const may = ([, { endsLogin = false }]: (typeof possible)[number]) => mayEndLogin || !endsLogin;
    if (!left.some(may)) left = [...possible];
    const fitting = left.filter(may);
    const chosen = fitting.length === 0 ? undefined : random.pick(fitting);
    left = left.filter((one) => one !== chosen);
    return chosen;
  };
  const wait = (from: number, to: number) =>
    pause(random.integer(from, to), undefined, { signal }).catch(() => {});
  while (!signal.aborted) {
    await wait(500, 3_000);
    const chosen = signal.aborted ? undefined : next();
    if (!chosen) continue;
    const [name, { run, endsLogin = false }] = chosen;
    if (endsLogin) loginEndedAt = Date.now();
    const seat = random.pick(place.seats);
    record.say(`${name} (${seat.name})`);
    record.tries('faults', name);
    await run({ place, random, seat, caused, log, last: () => wait(500, 7_000) });
  }
}

function isPossible(needs: Fault['needs'], { redis, watched, seats }: Place): boolean {
  if (needs === undefined) return true;
  if (needs === 'link') return seats.some((seat) => seat.redis !== undefined);
  if (needs === 'sentinel') return watched !== undefined;
  if (needs === 'no sentinel') return redis !== undefined && watched === undefined;
  return redis !== undefined;
}

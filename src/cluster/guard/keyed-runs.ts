import { randomUUID } from 'node:crypto';
import {
  type BegunRun,
  type KeyedRun,
  type KeyedRuns,
  LIMIT,
  REMEMBER_MS,
  type RunOutcome,
} from '../../guard/limits/keyed-runs.ts';
import { delay } from '../../shared/delay.ts';
import { Failure } from '../../shared/failure.ts';
import { defineScript } from '../redis/redis.ts';
import type { LineStore } from './line-store.ts';
import { readOutcome, writeOutcome } from './run-outcome.ts';

/** In ms: a replica that has said nothing for so long is dead, and says it so often. */
const ALIVE_MS = 5_000;
const RENEW_MS = 1_000;
/** How often, and how long, in ms, a second caller looks for the result of the first: clients wait no longer. */
const LOOK_MS = 100;
const WAIT_MS = 60_000;

/**
 * How a run stands that is known, for whoever is not its runner. KEYS: the run. ARGV: what the keys of living replicas
 * begin with, digest of the arguments.
 */
const stand = `
local args, state, runner, since, outcome = unpack(
  redis.call('HMGET', KEYS[1], 'args', 'state', 'runner', 'since', 'outcome'))
if args then
  if args ~= ARGV[2] then return {'other arguments'} end
  local ago = now - since
  if state == 'ended' then return {'ended', ago, outcome} end
  if redis.call('EXISTS', ARGV[1] .. runner) == 1 then return {'running', ago} end
  if state == 'sent' then return {'unknown', ago} end
end
`;
const look = defineScript(`${stand} return {'none'}`);
/** KEYS: the run, all runs of the line, that this replica lives. ARGV: as above, its id, the run's key, its token. */
const begin = defineScript(`
redis.call('SET', KEYS[3], '1', 'PX', ${ALIVE_MS})
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ${REMEMBER_MS})
${stand}
if not args and redis.call('ZCARD', KEYS[2]) >= ${LIMIT} then return {'too many'} end
redis.call('HSET', KEYS[1], 'args', ARGV[2], 'state', 'running', 'runner', ARGV[3], 'since', now, 'token', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ${REMEMBER_MS})
redis.call('ZADD', KEYS[2], now, ARGV[4])
redis.call('PEXPIRE', KEYS[2], ${REMEMBER_MS})
return {'new'}`);
/** ARGV: the token of whoever may change it. */
const leave = defineScript(`
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'state', 'sent')
return 1`);
const keep = defineScript(`
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return nil end
redis.call('HSET', KEYS[1], 'state', 'ended', 'outcome', ARGV[2])
return nil`);
/** KEYS: the run, all runs of the line. ARGV: token, the run's key. */
const drop = defineScript(`
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return nil end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[2])
return nil`);

/** Until it is written down what came of it. */
interface OpenRun {
  /** Writes it down; absent while it runs. */
  writeDown?: () => Promise<void>;
  /** Redis' epoch ms. */
  begunAt: number;
}

/**
 * A key is run once over all replicas. A run is `running`, `sent` (its request may have left) or `ended`; its replica
 * says each second that it lives. Where it does not, a run that was not sent is begun again, and of one that was nobody
 * knows the outcome.
 */
export function createRedisKeyedRuns({ redis, key, seal, open }: LineStore): KeyedRuns & { close(): void } {
  const all = key('runs');
  const living = redis.key('guard', 'runner', '');
  const alive = `${living}${redis.replica}`;
  const runs = new Set<OpenRun>();
  let stop: (() => void) | undefined;
  const keyOf = (run: string) => key('run', run);

  const renewLater = (): void => {
    if (runs.size === 0 || stop) return;
    stop = redis.clock.after(RENEW_MS, () => {
      stop = undefined;
      void renew().finally(renewLater);
    });
  };
  async function renew(): Promise<void> {
    const told = redis.send('SET', alive, '1', 'PX', ALIVE_MS);
    const written = [...runs].map((run) => write(run));
    await Promise.allSettled([told, ...written]);
  }
  /** Has what came of a run written down; tried again each second while Redis does not answer. */
  async function write(run: OpenRun): Promise<void> {
    if (!run.writeDown) return;
    const isForgotten = redis.clock.now() - run.begunAt > REMEMBER_MS;
    const isWritten = await run.writeDown().then(
      () => true,
      () => false,
    );
    if (!isWritten && !isForgotten) return;
    runs.delete(run);
  }

  function runOf(run: string, token: string): KeyedRun {
    const one: OpenRun = { begunAt: redis.clock.now() };
    runs.add(one);
    renewLater();
    return {
      async leaving() {
        if ((await redis.run(leave, [keyOf(run)], [token])) !== 1) throw lost();
      },
      async end(outcome, isKept) {
        const place = `run ${run}`;
        one.writeDown = async () => {
          if (isKept) await redis.run(keep, [keyOf(run)], [token, seal(place, writeOutcome(outcome))]);
          else await redis.run(drop, [keyOf(run), all], [token, run]);
        };
        await write(one);
      },
    };
  }

  async function outcomeOf(run: string, args: string): Promise<RunOutcome | undefined> {
    const until = redis.clock.now() + WAIT_MS;
    while (redis.clock.now() < until) {
      await delay(redis.clock, LOOK_MS);
      const [state, , sealed] = (await redis.run(look, [keyOf(run)], [living, args])) as Stand;
      if (state === 'ended') return read(run, sealed);
      if (state === 'unknown') return { error: unknown() };
      if (state !== 'running') return undefined;
    }
    return { error: stillRunning() };
  }
  const read = (run: string, sealed: string | undefined): RunOutcome => {
    const written = open<Parameters<typeof readOutcome>[0]>(`run ${run}`, sealed);
    return written ? readOutcome(written) : { error: unknown() };
  };

  return {
    async begin(run, args): Promise<BegunRun> {
      const token = randomUUID();
      const [state, agoMs = 0, sealed] = (await redis.run(
        begin,
        [keyOf(run), all, alive],
        [living, args, redis.replica, run, token],
      )) as Stand;
      if (state === 'new') return { kind: 'new', run: runOf(run, token) };
      if (state === 'other arguments' || state === 'too many') return { kind: state };
      if (state === 'ended') return { kind: 'known', agoMs, outcome: Promise.resolve(read(run, sealed)) };
      if (state === 'unknown')
        return { kind: 'known', agoMs, outcome: Promise.resolve({ error: unknown() }) };
      return { kind: 'known', agoMs, outcome: outcomeOf(run, args) };
    },
    close() {
      stop?.();
      runs.clear();
    },
  };
}

type Stand = [
  state: 'new' | 'other arguments' | 'too many' | 'ended' | 'unknown' | 'running' | 'none',
  agoMs?: number,
  outcome?: string,
];

/** The run was given to somebody else, or Redis has lost it. */
const lost = () =>
  new Failure(
    'unavailable',
    'This server was not heard of for so long that another of its replicas may do this now. Nothing was sent from here. ' +
      'Try again with the same idempotencyKey.',
  );

const unknown = () =>
  new Failure(
    'unknown_outcome',
    'The server process that did it has ended before it could tell what came of it. The request may have reached ' +
      'RingCentral. Look before you do anything.',
    { inDoubt: 'calls' },
  );

const stillRunning = () =>
  new Failure(
    'unavailable',
    'It still runs. Nothing was done again: try later with the same idempotencyKey.',
  );

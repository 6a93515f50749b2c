import { randomBytes } from 'node:crypto';
import { BoundedMap } from '../../shared/bounded.ts';
import { delay } from '../../shared/delay.ts';
import { Failure } from '../../shared/failure.ts';
import { createPersonLock, type PersonLock } from '../../team/person-lock.ts';
import type { StoredRecord, VaultStore } from '../../team/vault-store.ts';
import { jsonObject } from '../redis/json-object.ts';
import { pairsOf } from '../redis/pairs.ts';
import { defineScript, type Redis } from '../redis/redis.ts';
import { nameOf } from './names.ts';
import { type Notices, notifyInLua } from './notices.ts';

/** Of a lock, in ms; renewed three times in that. */
const leaseMs = 5_000;
/** A renewal at RingCentral may take ten seconds, and whoever waits for it is not alone. */
const patienceMs = 25_000;
const triedAgainMs = 40;
/** Of so many people the record that was read last is at hand where Redis is away. */
const lastRead = 10_000;

/** Whoever names a lease, and has lost it, changes nothing: KEYS[3] is the lock, ARGV[2] the token or nothing. */
const fence = `
if ARGV[2] ~= '' and redis.call('GET', KEYS[3]) ~= ARGV[2] then return 'fenced' end
`;

const replace = defineScript(`
${notifyInLua}${fence}
local stored = redis.call('HGET', KEYS[1], ARGV[1])
local isJson, record = pcall(cjson.decode, stored or '{}')
local revision = isJson and type(record) == 'table' and record.revision
if type(revision) ~= 'number' then revision = 0 end
if revision ~= tonumber(ARGV[4]) then return 'another' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[5])
notify(ARGV[3], 'person', ARGV[1])
return 'written'`);

const remove = defineScript(`
${notifyInLua}${fence}
redis.call('HDEL', KEYS[4], ARGV[1])
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored then return {} end
redis.call('HDEL', KEYS[1], ARGV[1])
return {stored, notify(ARGV[3], 'person', ARGV[1])}`);

const acquire = defineScript(`return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0`);

const renew = defineScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`);

const release = defineScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`);

/**
 * Records of people in Redis, and the lock of a person that all replicas share. The lock is a lease with a random token,
 * renewed as long as the work lasts. What is written under it is written by a script that compares the token: whoever was
 * stopped for longer than the lease stores nothing any more.
 */
export function createSharedVault(redis: Redis, notices: Notices): { store: VaultStore; lock: PersonLock } {
  const people = redis.key('team', 'people');
  const uses = redis.key('team', 'last-use');
  const lockOf = (subject: string) => redis.key('team', 'lock', nameOf(subject));
  /** Tokens of the leases that this replica has. */
  const held = new Map<string, string>();
  const known = new BoundedMap<string, StoredRecord>(lastRead);
  /** The notices of those who were removed here. */
  const removed = new BoundedMap<string, string>(lastRead);
  const fenced = (subject: string) => [people, notices.key, lockOf(subject), uses];
  const signed = (subject: string) => [subject, held.get(subject) ?? '', redis.replica];

  const store: VaultStore = {
    lasting: true,
    async read(subject) {
      const atHand = known.get(subject);
      if (!redis.isUp && atHand) return atHand;
      try {
        const text = (await redis.send('HGET', people, subject)) as string | null;
        return note(subject, text === null ? undefined : recordOf(text));
      } catch (error) {
        if (atHand && error instanceof Failure) return atHand;
        throw error;
      }
    },
    async all() {
      const all = (await redis.send('HGETALL', people)) as string[];
      return new Map(pairsOf(all).map(([subject, text]) => [subject, recordOf(text)]));
    },
    async write(subject, record, replaces) {
      const args = [...signed(subject), replaces, JSON.stringify(record)];
      const written = await redis.run(replace, fenced(subject), args);
      if (written === 'fenced') throw tooSlow();
      if (written === 'written') note(subject, record);
      return written === 'written';
    },
    async remove(subject) {
      const gone = await redis.run(remove, fenced(subject), signed(subject));
      if (gone === 'fenced') throw tooSlow();
      note(subject, undefined);
      const [stored, notice] = gone as string[];
      if (notice !== undefined) removed.set(subject, notice);
      return stored === undefined ? undefined : recordOf(stored);
    },
    onChange(listener) {
      notices.onNotice(({ kind, subject }, until) => {
        if (kind === 'person') until(listener(subject));
      });
      notices.onMissed(() => void listener(undefined).catch(() => {}));
    },
    lastUse: {
      note: (subject, at) => void redis.send('HSET', uses, subject, at).catch(() => {}),
      async all() {
        const pairs = (await redis.send('HGETALL', uses)) as string[];
        return new Map(
          pairs.flatMap((subject, n) => (n % 2 === 0 ? [[subject, Number(pairs[n + 1])] as const] : [])),
        );
      },
    },
    async othersLetGo(subject) {
      const notice = removed.get(subject);
      removed.delete(subject);
      if (notice !== undefined) await notices.othersDone(notice);
    },
    close: async () => {},
  };

  function note(subject: string, record: StoredRecord | undefined): StoredRecord | undefined {
    if (record) known.set(subject, record);
    else known.delete(subject);
    return record;
  }

  const here = createPersonLock();
  const lock: PersonLock = (subject, run) =>
    here(subject, async () => {
      const token = randomBytes(12).toString('base64url');
      const key = lockOf(subject);
      await acquired(redis, key, token);
      held.set(subject, token);
      const stop = keepRenewing(redis, key, token);
      try {
        return await run();
      } finally {
        stop();
        held.delete(subject);
        // Where Redis is away the lease ends by itself.
        await redis.run(release, [key], [token]).catch(() => {});
      }
    });
  return { store, lock };
}

async function acquired(redis: Redis, key: string, token: string): Promise<void> {
  const { clock } = redis;
  const until = clock.now() + patienceMs;
  while ((await redis.run(acquire, [key], [token, leaseMs])) !== 1) {
    if (clock.now() > until) {
      throw new Failure(
        'unavailable',
        'Another replica of this server is busy with this sign-in. Try again in a few seconds.',
        { retryAfterSeconds: 5 },
      );
    }
    await delay(clock, triedAgainMs);
  }
}

/** @returns stops that */
function keepRenewing(redis: Redis, key: string, token: string): () => void {
  let stop = () => {};
  const next = () => {
    stop = redis.clock.after(leaseMs / 3, () => {
      redis.run(renew, [key], [token, leaseMs]).catch(() => {});
      next();
    });
  };
  next();
  return () => stop();
}

/** A damaged one is a record that cannot be opened, which whoever opens it tells and leaves out; as `replace` sees it. */
function recordOf(text: string): StoredRecord {
  const { generation, revision, sealed } = jsonObject(text) ?? {};
  const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
  return {
    ...{ generation: number(generation), revision: number(revision) },
    sealed: typeof sealed === 'string' ? sealed : text,
  };
}

const tooSlow = () =>
  new Failure('unavailable', 'This took so long here that another replica has taken over. Try again.', {
    retryAfterSeconds: 1,
  });

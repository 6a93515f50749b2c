import { createHash, randomUUID } from 'node:crypto';
import type { Credentials } from '../../ringcentral/auth/credentials.ts';
import {
  afterMs,
  type Claim,
  type KeptTokens,
  type LoginRefusal,
  type LoginTokens,
  refusalMs,
  type TokenStore,
  type TokenTurn,
} from '../../ringcentral/auth/token-store.ts';
import { delayUnlessAborted } from '../../shared/delay.ts';
import type { Logger } from '../../shared/log.ts';
import type { SealContext, Sealer } from '../../team/seal.ts';
import { openJson, sealJson } from '../../team/sealed-json.ts';
import { defineScript, type Redis } from '../redis/redis.ts';

/** A damaged one is none. */
const generationInLua = `local generation = string.match(redis.call('HGET', KEYS[1], 'generation') or '', '^%d+$') or '0'`;

/**
 * KEYS: record, turn, refusal. ARGV: generation that is known, holder, duration of a turn.
 * Answers `kept` with generation and sealed tokens, `turn` with the generation that it is to follow, `wait`, or `refused`
 * with the refusal.
 */
const claimScript = defineScript(`${generationInLua}
if generation ~= '0' and generation ~= ARGV[1] then
  return {'kept', generation, redis.call('HGET', KEYS[1], 'sealed') or ''}
end
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[2] then return {'wait'} end
local till, refusal = string.match(redis.call('GET', KEYS[3]) or '', '^(%d+) (.*)$')
local isJson, told = pcall(cjson.decode, refusal or '')
local isRefusal = isJson and type(told) == 'table' and type(told.status) == 'number' and type(told.body) == 'string'
if isRefusal and tonumber(till) > now then return {'refused', refusal} end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return {'turn', generation}
`);

/** KEYS: turn. ARGV: holder, duration of a turn. */
const holdScript = defineScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
`);

/** KEYS: turn, refusal. ARGV: holder, refusal or nothing, for how long it counts. */
const releaseScript = defineScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return end
redis.call('DEL', KEYS[1])
if ARGV[2] == '' then return end
redis.call('SET', KEYS[2], string.format('%.0f %s', now + ARGV[3], ARGV[2]), 'PX', ARGV[3])
`);

/**
 * KEYS: record, turn, refusal. ARGV: generation that is followed, the new one, sealed tokens, for how long, holder.
 * Answers 1 where the record is the new one, also at a repetition.
 */
const keepScript = defineScript(`
if redis.call('GET', KEYS[2]) == ARGV[5] then redis.call('DEL', KEYS[2]) end
${generationInLua}
if redis.call('HGET', KEYS[1], 'sealed') == ARGV[3] then return 1 end
if generation ~= '0' and generation ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'generation', ARGV[2], 'sealed', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('DEL', KEYS[3])
return 1
`);

const purpose = 'tokens of a login';
/** How long, in ms, until it is looked again whether somebody else's turn has ended. */
const pollMs = 100;
/** How often it is tried to keep new tokens: what is not kept costs the others a login. */
const keepTries = 3;

export interface SharedTokenStoreOptions {
  redis: Redis;
  sealer: Sealer;
  /** Whose tokens they are, the same at all replicas: a name of the login, no secret. */
  login: string;
  /** What the login is made with: tokens of other credentials count as none. */
  credentials: Credentials;
  log: Logger;
  /**
   * How long, in ms, a turn goes on after its holder was heard of, who says three times as often that it is there;
   * absent: 5 s.
   */
  turnMs?: number;
}

/** The tokens of a login that replicas use together, sealed in Redis. */
export class SharedTokenStore implements TokenStore {
  readonly isShared = true;
  readonly #options: Required<SharedTokenStoreOptions>;
  readonly #owner: string;
  readonly #holder = randomUUID();
  readonly #record: string;
  readonly #turn: string;
  readonly #refusal: string;

  constructor(options: SharedTokenStoreOptions) {
    const { redis, login, credentials } = options;
    const { serverUrl, clientId, jwt } = credentials;
    this.#options = { turnMs: 5_000, ...options };
    const made = createHash('sha256')
      .update(JSON.stringify([serverUrl, clientId, jwt]))
      .digest('base64url');
    this.#owner = `${login} ${made}`;
    this.#record = redis.key('login', login);
    this.#turn = redis.key('login', login, 'turn');
    // Of these credentials: others may be taken. A part of the digest tells nothing of them.
    this.#refusal = redis.key('login', login, 'refused', made.slice(0, 12));
  }

  async claim(known: number, signal: AbortSignal): Promise<Claim> {
    const { redis, log, turnMs } = this.#options;
    let present = known;
    for (;;) {
      signal.throwIfAborted();
      const answer = await redis.run(
        claimScript,
        [this.#record, this.#turn, this.#refusal],
        [present, this.#holder, turnMs],
      );
      const [what, generation = '0', sealed = ''] = answer as string[];
      if (what === 'turn') return this.#begin(Number(generation));
      if (what === 'refused') return { refusal: JSON.parse(generation) as LoginRefusal };
      if (what === 'kept') {
        const kept = this.#open(Number(generation), sealed);
        if (kept) return kept;
        log.warn('the tokens of the login that replicas share cannot be opened here: the login is made anew');
        present = Number(generation);
      } else await delayUnlessAborted(redis.clock, pollMs, signal);
    }
  }

  /** @param before generation of the tokens that the new ones follow; 0 where there are none */
  #begin(before: number): TokenTurn {
    const { redis, turnMs } = this.#options;
    let isOver = false;
    const stayHeard = (): void => {
      redis.clock.after(turnMs / 3, () => {
        if (isOver) return;
        stayHeard();
        void redis.run(holdScript, [this.#turn], [this.#holder, turnMs]).catch(() => undefined);
      });
    };
    stayHeard();
    return {
      keep: (tokens) => {
        isOver = true;
        return this.#keep(tokens, before);
      },
      release: async (refusal) => {
        isOver = true;
        const args = [this.#holder, refusal ? JSON.stringify(refusal) : '', refusalMs];
        await redis.run(releaseScript, [this.#turn, this.#refusal], args).catch(() => undefined);
      },
    };
  }

  async #keep(tokens: LoginTokens, before: number): Promise<number | undefined> {
    const { redis, sealer, turnMs } = this.#options;
    const at = redis.clock.now();
    // Of no two pairs the same, also when Redis was emptied meanwhile.
    const generation = Math.max(at, before + 1);
    const sealed = sealJson(sealer, { tokens, at } satisfies Sealed, this.#context(generation));
    const lifeMs = Math.max(tokens.expiresInMs, tokens.refreshExpiresInMs ?? 0, turnMs);
    const args = [before, generation, sealed, Math.ceil(lifeMs), this.#holder];
    for (let triesLeft = keepTries - 1; ; triesLeft -= 1) {
      try {
        const isKept = await redis.run(keepScript, [this.#record, this.#turn, this.#refusal], args);
        return isKept === 1 ? generation : undefined;
      } catch (error) {
        if (triesLeft === 0) throw error;
      }
    }
  }

  #context(generation: number): SealContext {
    return { owner: this.#owner, purpose, generation };
  }

  #open(generation: number, sealed: string): KeptTokens | undefined {
    const { sealer, redis } = this.#options;
    const kept = openJson<Sealed>(sealer, sealed, this.#context(generation));
    return kept && { generation, tokens: afterMs(kept.tokens, redis.clock.now() - kept.at) };
  }
}

interface Sealed {
  tokens: LoginTokens;
  /** When their durations began, by the clock of Redis. */
  at: number;
}

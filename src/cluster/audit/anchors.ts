import type { AuditAnchors, KeptAnchor } from '../../guard/audit/anchors.ts';
import { Failure } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';
import { jsonObject } from '../redis/json-object.ts';
import { pairsOf } from '../redis/pairs.ts';
import { defineScript, type Redis } from '../redis/redis.ts';

/** Chains that are kept at most; the one that was anchored longest ago makes room. A chain begins with a new file. */
const mostChains = 10_000;

/**
 * KEYS: the hash of anchors by chain, and the chains by the time of their last anchor. ARGV: chain, sequence, the rest
 * of the anchor as JSON, how many chains are kept. Answers `damaged` where what it has replaced was no anchor.
 */
const keep = defineScript(`
local before = redis.call('HGET', KEYS[1], ARGV[1])
local isJson, kept = pcall(cjson.decode, before or '{}')
local isAnchor = isJson and type(kept) == 'table' and type(kept.sequence) == 'number' and type(kept.head) == 'string'
if isAnchor and kept.sequence > tonumber(ARGV[2]) then return end
local anchor = cjson.decode(ARGV[3])
anchor.at = now
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(anchor))
redis.call('ZADD', KEYS[2], now, ARGV[1])
local surplus = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[4])
if surplus > 0 then
  for _, chain in ipairs(redis.call('ZRANGE', KEYS[2], 0, surplus - 1)) do
    redis.call('HDEL', KEYS[1], chain)
    redis.call('ZREM', KEYS[2], chain)
  end
end
return before and not isAnchor and 'damaged'`);

/** Anchors in Redis, one for each chain. They stay without a time limit: logs do. */
export function redisAnchors(redis: Redis, log: Logger, most = mostChains): AuditAnchors {
  const keys = [redis.key('audit', 'anchors'), redis.key('audit', 'anchored')] as const;
  return {
    async anchor(chain, anchor) {
      const kept = await redis.run(keep, keys, [chain, anchor.sequence, JSON.stringify(anchor), most]);
      if (kept === 'damaged') log.warn({ key: keys[0], chain: chain.slice(0, 12) }, wasDamaged);
    },
    async all() {
      const answer = (await redis.send('HGETALL', keys[0])) as string[];
      return pairsOf(answer).map(([chain, text]) => read(keys[0], chain, text));
    },
  };
}

/** Only who writes the log knows where it ends; what was there before told nobody. */
const wasDamaged =
  'the anchor of this audit log in Redis was damaged, and is set anew: that the log ended further on before would not ' +
  'be found. Find out who writes to Redis besides this server';

/** Leaving a damaged one out would call the log of its chain one that nobody knows. */
function read(key: string, chain: string, text: string): KeptAnchor {
  const { sequence, head, ...rest } = jsonObject(text) ?? {};
  if (typeof head === 'string' && Number.isSafeInteger(sequence)) {
    const { segment, replica, at } = rest as Omit<KeptAnchor, 'chain'>;
    return { chain, sequence: Number(sequence), head, segment, replica, at };
  }
  throw new Failure(
    'internal',
    `The anchor of chain ${chain.slice(0, 12)} in Redis (${key}) is damaged, so no log can be compared with what Redis ` +
      'knows. Find out who writes to Redis besides this server; without --redis each log is verified by itself.',
  );
}

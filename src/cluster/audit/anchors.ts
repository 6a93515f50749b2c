import type { Anchor, AuditAnchors, KeptAnchor } from '../../guard/audit/anchors.ts';
import { Failure } from '../../shared/failure.ts';
import { pairsOf } from '../redis/pairs.ts';
import { defineScript, type Redis } from '../redis/redis.ts';

/** Chains that are kept at most; the one that was anchored longest ago makes room. A chain begins with a new file. */
const mostChains = 10_000;

/**
 * KEYS: the hash of anchors by chain, and the chains by the time of their last anchor. ARGV: chain, sequence, the rest
 * of the anchor as JSON, how many chains are kept.
 */
const keep = defineScript(`
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before and cjson.decode(before).sequence > tonumber(ARGV[2]) then return end
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
`);

/** Anchors in Redis, one for each chain. They stay without a time limit: logs do. */
export function redisAnchors(redis: Redis, most = mostChains): AuditAnchors {
  const keys = [redis.key('audit', 'anchors'), redis.key('audit', 'anchored')] as const;
  return {
    async anchor(chain, anchor) {
      await redis.run(keep, keys, [chain, anchor.sequence, JSON.stringify(anchor), most]);
    },
    async all() {
      const answer = (await redis.send('HGETALL', keys[0])) as string[];
      return pairsOf(answer).map(([chain, text]) => read(keys[0], chain, text));
    },
  };
}

/** Leaving a damaged one out would call the log of its chain one that nobody knows. */
function read(key: string, chain: string, text: string): KeptAnchor {
  try {
    const { sequence, head, segment, replica, at } = JSON.parse(text) as Anchor & { at: number };
    if (typeof head === 'string' && Number.isSafeInteger(sequence))
      return { chain, sequence, head, segment, replica, at };
  } catch {
    // Told as any other that is none.
  }
  throw new Failure(
    'internal',
    `The anchor of chain ${chain.slice(0, 12)} in Redis (${key}) is damaged, so no log can be compared with what Redis ` +
      'knows. Find out who writes to Redis besides this server; without --redis each log is verified by itself.',
  );
}

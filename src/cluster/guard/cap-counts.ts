import { randomUUID } from 'node:crypto';
import {
  type CapClaim,
  type CapCounts,
  type CapLimits,
  COUNTED_MS,
  type Reservation,
} from '../../guard/limits/cap-counts.ts';
import { defineScript } from '../redis/redis.ts';
import { idOf, type LineStore } from './line-store.ts';

/**
 * KEYS: placed calls that may ring (`ID`, or `ID SESSION`), acts that went outside, calls acted on; each with its time.
 * ARGV: id, call, then of rings, outside and acts whether the act does, and the most there may be; -1: any number.
 */
const limit = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ${COUNTED_MS.ringing})
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ${COUNTED_MS.outside})
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - ${COUNTED_MS.calls})
local names = {'ringing', 'outside', 'calls'}
for i, name in ipairs(names) do
  local does, most = ARGV[1 + 2 * i] == '1', tonumber(ARGV[2 + 2 * i])
  local isKnown = name == 'calls' and redis.call('ZSCORE', KEYS[3], ARGV[2])
  if does and most >= 0 and not isKnown and redis.call('ZCARD', KEYS[i]) >= most then return name end
end
`;
const reached = defineScript(`${limit} return nil`);
const reserve = defineScript(`${limit}
local members = {ARGV[1], ARGV[1], ARGV[2]}
local times = {${COUNTED_MS.ringing}, ${COUNTED_MS.outside}, ${COUNTED_MS.calls}}
for i = 1, 3 do
  if ARGV[1 + 2 * i] == '1' then
    redis.call('ZADD', KEYS[i], now, members[i])
    redis.call('PEXPIRE', KEYS[i], times[i])
  end
end
return nil`);
const release = defineScript(`for i = 1, 3 do redis.call('ZREM', KEYS[i], ARGV[1]) end return nil`);
/** ARGV: id, and the session of the call that rings. */
const named = defineScript(`
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not at then return nil end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], at, ARGV[1] .. ' ' .. ARGV[2])
return nil`);
const list = defineScript(`
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ${COUNTED_MS.ringing})
return redis.call('ZRANGE', KEYS[1], 0, -1)`);

/**
 * Counted over all replicas, by Redis' time. What a replica has reserved that dies is counted on for as long as what was
 * sent: it may have been.
 */
export function createRedisCapCounts({ redis, key }: LineStore): CapCounts {
  const dials = key('caps', 'ringing');
  const keys = [dials, key('caps', 'outside'), key('caps', 'calls')];
  const argsOf = (id: string, claim: CapClaim, limits: CapLimits) => [
    // A call that is created has no name yet.
    ...[id, claim.call === undefined ? id : idOf('call', claim.call)],
    ...[Number(claim.rings), limits.ringing ?? -1],
    ...[Number(claim.outside), limits.outside ?? -1],
    ...[Number(claim.acts), limits.calls ?? -1],
  ];
  const limitOf = (answer: unknown) => answer as keyof CapLimits | undefined;
  const forget = (member: string) => redis.send('ZREM', dials, member).then(() => {});

  const reservation = (id: string): Reservation => ({
    async release() {
      await redis.run(release, keys, [id]);
    },
    async settle(placed) {
      if (placed === undefined) await forget(id);
      else if (placed.telephonySessionId !== undefined) {
        await redis.run(named, [dials], [id, placed.telephonySessionId]);
      }
    },
  });

  return {
    async reached(claim, limits) {
      const isAsked =
        (claim.rings && limits.ringing !== undefined) || (claim.outside && limits.outside !== undefined);
      if (!isAsked && !(claim.acts && limits.calls !== undefined)) return undefined;
      return limitOf(await redis.run(reached, keys, argsOf('', claim, limits)));
    },
    async reserve(claim, limits) {
      const id = randomUUID();
      try {
        return limitOf(await redis.run(reserve, keys, argsOf(id, claim, limits))) ?? reservation(id);
      } catch (error) {
        // It may have been counted, and is not sent: this may come late.
        for (const counted of keys) redis.send('ZREM', counted, id).catch(() => {});
        throw error;
      }
    },
    async ringing() {
      const members = (await redis.run(list, [dials])) as string[];
      return members.map((member) => {
        const [, telephonySessionId] = member.split(' ');
        return {
          ...(telephonySessionId !== undefined && { telephonySessionId }),
          settle: () => forget(member),
        };
      });
    },
  };
}

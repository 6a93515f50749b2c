import { CONFIRMED_MS, type PhoneConsents } from '../../guard/assessment/people/confirmed-phones.ts';
import { idOf, type LineStore } from './line-store.ts';

/** A yes to a phone at one replica holds at all that have the same policy in force. */
export function createRedisPhoneConsents(
  { redis, key, seal, open }: LineStore,
  policyHash: string,
): PhoneConsents {
  const placeOf = (principal: string, deviceId: string) => idOf(policyHash, principal, deviceId);
  return {
    async confirm(principal, deviceId) {
      const place = placeOf(principal, deviceId);
      const consent = seal(`phone ${place}`, { until: redis.clock.now() + CONFIRMED_MS });
      await redis.send('SET', key('phone', place), consent, 'PX', CONFIRMED_MS);
    },
    async isConfirmed(principal, deviceId) {
      const place = placeOf(principal, deviceId);
      const consent = open<{ until: number }>(`phone ${place}`, await redis.send('GET', key('phone', place)));
      return consent !== undefined && consent.until > redis.clock.now();
    },
  };
}

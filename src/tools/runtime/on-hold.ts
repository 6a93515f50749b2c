import type { Line } from '../../app/line.ts';
import { presentNumber } from '../../presentation/views.ts';
import { momentAgo } from '../../shared/moment.ts';

/** A hold of so long, in ms, is told with every result. */
const longMs = 60_000;

const leavers = { 'earlier run': 'an earlier run', replica: 'a replica' } as const;

/**
 * Who has been on hold for more than a minute because of a plan, or since an earlier run of this server, which ended in
 * the middle of one: sentences that head every result until it is over.
 */
export function onHoldWords({ plans, sync, clock, calls }: Line): string[] {
  const now = clock.now();
  if (plans.held().length === 0) return [];
  // Before the first picture nobody knows that they are not.
  if (sync.status().asOf !== null) plans.forgetAbsent();
  return plans
    .held()
    .filter(({ leftBy, since }) => leftBy || now - since > longMs)
    .map((held) => {
      const { telephonySessionId, who, since, leftBy, planId } = held;
      const call = calls.session(telephonySessionId)?.handle ?? telephonySessionId;
      const why = leftBy
        ? `plan ${planId} of ${leavers[leftBy]} of this server, which has ended, and nothing was done since`
        : `plan ${planId}`;
      return `ON HOLD since ${momentAgo(since, now)}: ${presentNumber(who)} (${call}), because of ${why}.`;
    });
}

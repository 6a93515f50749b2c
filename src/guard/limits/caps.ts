import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Action } from '../action.ts';
import type { ActOutcome } from '../contract.ts';
import { isDialling } from '../people.ts';
import type { Findings } from '../policy/decide.ts';
import type { Caps } from '../policy/policy.ts';
import type { Calls } from '../ports.ts';
import { recent, recentlyTouched } from '../recent.ts';

const MINUTE = 60_000;

/** What an agent may set off within a time, whatever the answers. Counted per principal. */
export interface CapCounter {
  /** Throws `denied` when a cap is reached. */
  check(action: Action, findings: Findings): void;
  /** This would be one different call more within a minute than go without a question. */
  tooManyCalls(action: Action): boolean;
  /** Counts an act that is let through; the answer is told how it ended. */
  count(action: Action, findings: Findings): (outcome: ActOutcome) => void;
}

/** Ends after which a call may ring; `internal` is a defect, which may come after the request. */
const mayRing: ReadonlySet<ActOutcome['result']> = new Set([
  ...(['observed', 'accepted', 'unknown_outcome', 'internal'] as const),
]);

interface Dial {
  principal: string;
  /** Absent while the request is under way, and when its outcome is unknown. */
  telephonySessionId?: string;
  failed?: boolean;
}

export function createCaps(caps: Caps, calls: Calls, clock: Clock): CapCounter {
  const outside = recent<string>(clock, 10 * MINUTE);
  const acted = recentlyTouched(clock, MINUTE);
  /** No phone rings longer. */
  const dials = recent<Dial>(clock, 2 * MINUTE);
  let created = 0;

  const stillRings = ({ telephonySessionId, failed }: Dial): boolean => {
    if (failed) return false;
    if (telephonySessionId === undefined) return true;
    const call = calls.call(telephonySessionId);
    return call !== undefined && !call.over && isDialling(call);
  };

  return {
    check(action, findings) {
      const mine = ({ principal }: { principal: string }) => principal === action.principal;
      if (dialsOut(action) && dials.count((dial) => mine(dial) && stillRings(dial)) >= caps.ringing) {
        throw new Failure(
          'denied',
          'A call that you placed still rings. Wait until it is answered, or end it.',
          {
            next: ['wait_for_call_event', 'delete_call_session'],
          },
        );
      }
      if (
        goesOutside(findings) &&
        outside.count((principal) => principal === action.principal) >= caps.outside
      ) {
        throw new Failure(
          'denied',
          `${caps.outside} calls were sent outside this account within ten minutes: that is the limit. Wait.`,
          { retryAfterSeconds: 600 },
        );
      }
    },
    tooManyCalls({ principal, telephonySessionId }) {
      const touched = acted.of(principal);
      return touched.size >= caps.calls && !(telephonySessionId && touched.has(telephonySessionId));
    },
    count(action, findings) {
      const { principal } = action;
      created += 1;
      acted.touch(principal, action.telephonySessionId ?? `created ${created}`);
      if (goesOutside(findings)) outside.add(principal);
      const dial: Dial = { principal };
      if (dialsOut(action)) dials.add(dial);
      return ({ result, telephonySessionId }) => {
        dial.failed = !mayRing.has(result);
        dial.telephonySessionId = telephonySessionId;
      };
    },
  };
}

/** Places a call of its own: no call exists yet. */
const dialsOut = ({ risk, telephonySessionId }: Action): boolean =>
  risk === 'place-call' && telephonySessionId === undefined;

const goesOutside = ({ targets }: Findings): boolean => targets.some(({ reach }) => reach === 'outside');

import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import type { Action } from '../action.ts';
import type { ActOutcome } from '../contract.ts';
import { isDialling } from '../people.ts';
import type { Findings } from '../policy/decide.ts';
import type { Caps } from '../policy/policy.ts';
import type { Calls } from '../ports.ts';
import { recent, recentlyTouched } from '../recent.ts';

const MINUTE = 60_000;

/**
 * What agents may set off within a time, whatever the answers: all of them together, because they share one login.
 * Counted by what was sent and by what readings show.
 */
export interface CapCounter {
  /** Reads again the calls that were placed and may still ring, where this act would place another. */
  look(action: Action, signal: AbortSignal): Promise<void>;
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

/** A reception does these many times a minute: they take calls, silence them, and give sound back. */
const everyday: ReadonlySet<string> = new Set([
  ...['answer_call_party', 'pickup_call_party', 'hold_call_party', 'unhold_call_party'],
  ...['update_call_party', 'pause_resume_call_recording'],
]);

interface Dial {
  /** Absent while the request is under way, and when its outcome is unknown. */
  telephonySessionId?: string;
  /** It failed, was answered, or ended. */
  isSettled: boolean;
}

export function createCaps(caps: Caps, calls: Calls, clock: Clock): CapCounter {
  const outside = recent<true>(clock, 10 * MINUTE);
  const acted = recentlyTouched(clock, MINUTE);
  /** No phone rings longer. */
  const dials = recent<Dial>(clock, 2 * MINUTE);
  let created = 0;

  return {
    async look(action, signal) {
      if (!dialsOut(action)) return;
      const open = dials.list().filter(({ isSettled }) => !isSettled);
      await Promise.all(open.map((dial) => settle(dial, calls, signal)));
    },
    check(action, findings) {
      if (dialsOut(action) && dials.list().filter(({ isSettled }) => !isSettled).length >= caps.ringing) {
        throw new Failure(
          'denied',
          'A call that was placed through this server still rings, as far as is known. Wait until it is answered, or ' +
            'end it.',
          { next: ['wait_for_call_event', 'delete_call_session'] },
        );
      }
      if (goesOutside(findings) && outside.list().length >= caps.outside) {
        throw new Failure(
          'denied',
          `${caps.outside} calls were sent outside this account within ten minutes: that is the limit. Wait.`,
          { retryAfterSeconds: 600 },
        );
      }
    },
    tooManyCalls({ tool, telephonySessionId }) {
      if (everyday.has(tool)) return false;
      const touched = acted.things();
      return touched.size >= caps.calls && !(telephonySessionId && touched.has(telephonySessionId));
    },
    count(action, findings) {
      created += 1;
      if (!everyday.has(action.tool)) acted.touch(action.telephonySessionId ?? `created ${created}`);
      if (goesOutside(findings)) outside.add(true);
      const dial: Dial = { isSettled: false };
      if (dialsOut(action)) dials.add(dial);
      return ({ result, telephonySessionId }) => {
        dial.isSettled = !mayRing.has(result);
        dial.telephonySessionId = telephonySessionId;
      };
    },
  };
}

/** What cannot be read may still ring. That somebody answered, or that all have left, is final. */
async function settle(dial: Dial, calls: Calls, signal: AbortSignal): Promise<void> {
  const { telephonySessionId } = dial;
  if (telephonySessionId === undefined) return;
  try {
    const { call } = await calls.look(telephonySessionId, { signal, priority: 'action' });
    // The caller's leg is answered early (platform.md 4.6): nothing is known before the other side is seen.
    const isOtherSeen = call.parties.some(({ id }) => id !== call.yourPartyId);
    const isAnswered = isOtherSeen && !isDialling(call) && call.parties.some((party) => !hasLeft(party));
    dial.isSettled = call.over || isAnswered;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    dial.isSettled = error.kind === 'not_found';
  }
}

/** Places a call of its own: no call exists yet. */
const dialsOut = ({ risk, telephonySessionId }: Action): boolean =>
  risk === 'place-call' && telephonySessionId === undefined;

const goesOutside = ({ targets }: Findings): boolean => targets.some(({ reach }) => reach === 'outside');

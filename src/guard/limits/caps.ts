import { otherParties } from '../../calls/store/own-party.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import { recent, recentlyTouched } from '../../shared/recent.ts';
import type { Action } from '../action.ts';
import { isDialling } from '../assessment/people/participants.ts';
import type { ActOutcome } from '../contract.ts';
import type { PolicyFacts } from '../policy/decide.ts';
import type { Caps } from '../policy/policy.ts';
import type { CallsPort } from '../ports.ts';

const MINUTE = 60_000;

/**
 * Counts what agents set off, for the caps of the policy. All agents count together, because they share one login.
 * Counts what was sent, and what readings show of it.
 */
export interface CapCounter {
  /**
   * Before an act that places a call: reads again the calls placed earlier that may still ring. A call that cannot be
   * read counts as ringing.
   */
  refresh(action: Action, signal: AbortSignal): Promise<void>;
  /** Throws `denied` when a cap is reached. */
  check(action: Action, facts: PolicyFacts): void;
  /** Whether this act would be on one different call more within a minute than may go without a question. */
  tooManyCalls(action: Action): boolean;
  /**
   * Counts an act that is about to be sent.
   * @returns to be called once, with how the act ended
   */
  count(action: Action, facts: PolicyFacts): (outcome: ActOutcome) => void;
}

/** Outcomes after which a call may be ringing; `internal` is a defect, which may come after the request has left. */
const mayRing: ReadonlySet<ActOutcome['result']> = new Set([
  ...(['observed', 'accepted', 'unknown_outcome', 'internal'] as const),
]);

/** Tools that a reception uses many times a minute: they do not count as acting on a different call. */
const everyday: ReadonlySet<string> = new Set([
  ...['answer_call_party', 'pickup_call_party', 'hold_call_party', 'unhold_call_party'],
  ...['update_call_party', 'pause_resume_call_recording'],
]);

interface Dial {
  /** Absent while the request is under way, and when its outcome is unknown. */
  telephonySessionId?: string;
  /** The call does not ring any more: it failed, was answered, or ended. */
  isSettled: boolean;
}

export function createCaps(caps: Caps, calls: CallsPort, clock: Clock): CapCounter {
  const outside = recent<true>(clock, 10 * MINUTE);
  const acted = recentlyTouched(clock, MINUTE);
  /** Calls placed within two minutes: no phone rings longer. */
  const dials = recent<Dial>(clock, 2 * MINUTE);
  let created = 0;

  return {
    async refresh(action, signal) {
      if (!dialsOut(action)) return;
      const open = dials.list().filter(({ isSettled }) => !isSettled);
      await Promise.all(open.map((dial) => settle(dial, calls, signal)));
    },
    check(action, facts) {
      if (dialsOut(action) && dials.list().filter(({ isSettled }) => !isSettled).length >= caps.ringing) {
        throw new Failure(
          'denied',
          'A call that was placed through this server still rings, as far as is known. Wait until it is answered, or ' +
            'end it.',
          { next: ['wait_for_call_event', 'delete_call_session'] },
        );
      }
      if (goesOutside(facts) && outside.list().length >= caps.outside) {
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
    count(action, facts) {
      created += 1;
      if (!everyday.has(action.tool)) acted.touch(action.telephonySessionId ?? `created ${created}`);
      if (goesOutside(facts)) outside.add(true);
      const dial: Dial = { isSettled: false };
      if (dialsOut(action)) dials.add(dial);
      return ({ result, telephonySessionId }) => {
        dial.isSettled = !mayRing.has(result);
        dial.telephonySessionId = telephonySessionId;
      };
    },
  };
}

/** Reads a placed call and settles it when it was answered or is over. One that cannot be read may still ring. */
async function settle(dial: Dial, calls: CallsPort, signal: AbortSignal): Promise<void> {
  const { telephonySessionId } = dial;
  if (telephonySessionId === undefined) return;
  try {
    const { call } = await calls.read(telephonySessionId, { signal, priority: 'action' });
    // The caller's leg is answered early (platform.md 4.6): nothing is known before the other side is seen.
    const isOtherSeen = otherParties(call).length > 0;
    const isAnswered = isOtherSeen && !isDialling(call) && call.parties.some((party) => !hasLeft(party));
    dial.isSettled = call.over || isAnswered;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    dial.isSettled = error.kind === 'not_found';
  }
}

/** Whether the act places a call: it has none to act on. */
const dialsOut = ({ risk, telephonySessionId }: Action): boolean =>
  risk === 'place-call' && telephonySessionId === undefined;

const goesOutside = ({ targets }: PolicyFacts): boolean => targets.some(({ reach }) => reach === 'outside');

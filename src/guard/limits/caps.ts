import { otherParties } from '../../calls/store/own-party.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import { Failure } from '../../shared/failure.ts';
import type { Action } from '../action.ts';
import { isDialling } from '../assessment/people/participants.ts';
import type { ActOutcome } from '../contract.ts';
import type { PolicyFacts } from '../policy/decide.ts';
import type { Caps } from '../policy/policy.ts';
import type { CallsPort } from '../ports.ts';
import type { CapClaim, CapCounts, PlacedCall } from './cap-counts.ts';

/** An act that is counted. */
export interface CountedAct {
  /** Nothing was sent. */
  release(): Promise<void>;
  /** It was sent, and ended so. */
  ended(outcome: ActOutcome): Promise<void>;
}

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
  check(action: Action, facts: PolicyFacts): Promise<void>;
  /** Whether this act would be on one different call more within a minute than may go without a question. */
  tooManyCalls(action: Action): Promise<boolean>;
  /**
   * Checks and counts an act that is about to be sent, in one step; throws `denied` when a cap is reached.
   * @param isExempt no cap is checked
   * @param mayExceedCalls it may be on one different call more than may go without a question
   * @returns undefined where it may not, and is: a person has to be asked
   */
  reserve(
    action: Action,
    facts: PolicyFacts,
    options: { isExempt: boolean; mayExceedCalls: boolean },
  ): Promise<CountedAct | undefined>;
}

/** Outcomes after which a call may be ringing; `internal` is a defect, which may come after the request has left. */
const mayRing: ReadonlySet<ActOutcome['result']> = new Set([
  ...(['observed', 'accepted', 'unknown_outcome', 'internal'] as const),
]);

/** Tools that a reception uses many times a minute: they do not count as acting on a different call. */
export const everyday: ReadonlySet<string> = new Set([
  ...['answer_call_party', 'pickup_call_party', 'hold_call_party', 'unhold_call_party'],
  ...['update_call_party', 'pause_resume_call_recording'],
]);

export function createCaps(caps: Caps, counts: CapCounts, calls: CallsPort): CapCounter {
  const { ringing, outside } = caps;
  const refuse = (reached: 'ringing' | 'outside'): Failure =>
    reached === 'ringing'
      ? new Failure(
          'denied',
          'A call that was placed through this server still rings, as far as is known. Wait until it is answered, or ' +
            'end it.',
          { next: ['wait_for_call_event', 'delete_call_session'] },
        )
      : new Failure(
          'denied',
          `${outside} calls were sent outside this account within ten minutes: that is the limit. Wait.`,
          { retryAfterSeconds: 600 },
        );

  return {
    async refresh(action, signal) {
      if (!dialsOut(action)) return;
      const open = await counts.ringing();
      await Promise.all(open.map((dial) => settle(dial, calls, signal)));
    },
    async check(action, facts) {
      const reached = await counts.reached(claimOf(action, facts), { ringing, outside });
      if (reached === 'ringing' || reached === 'outside') throw refuse(reached);
    },
    async tooManyCalls(action) {
      const claim = { ...claimOf(action), rings: false };
      return (await counts.reached(claim, { calls: caps.calls })) !== undefined;
    },
    async reserve(action, facts, { isExempt, mayExceedCalls }) {
      const limits = isExempt ? {} : { ringing, outside, ...(!mayExceedCalls && { calls: caps.calls }) };
      const reserved = await counts.reserve(claimOf(action, facts), limits);
      if (reserved === 'calls') return undefined;
      if (typeof reserved === 'string') throw refuse(reserved);
      return {
        release: () => reserved.release(),
        ended: ({ result, telephonySessionId }) =>
          reserved.settle(
            mayRing.has(result)
              ? { ...(telephonySessionId !== undefined && { telephonySessionId }) }
              : undefined,
          ),
      };
    },
  };
}

/** Reads a placed call and settles it when it was answered or is over. One that cannot be read may still ring. */
async function settle(dial: PlacedCall, calls: CallsPort, signal: AbortSignal): Promise<void> {
  const { telephonySessionId } = dial;
  if (telephonySessionId === undefined) return;
  if (await hasStopped(telephonySessionId, calls, signal)) await dial.settle();
}

async function hasStopped(
  telephonySessionId: string,
  calls: CallsPort,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { call } = await calls.read(telephonySessionId, { signal, priority: 'action' });
    // The caller's leg is answered early (platform.md 4.6): nothing is known before the other side is seen.
    const isOtherSeen = otherParties(call).length > 0;
    const isAnswered = isOtherSeen && !isDialling(call) && call.parties.some((party) => !hasLeft(party));
    return call.over || isAnswered;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.kind === 'not_found';
  }
}

/** Whether the act places a call: it has none to act on. */
const dialsOut = ({ risk, telephonySessionId }: Action): boolean =>
  risk === 'place-call' && telephonySessionId === undefined;

/** @param facts absent: whether it goes outside does not matter */
const claimOf = (action: Action, facts?: PolicyFacts): CapClaim => ({
  rings: dialsOut(action),
  outside: facts?.targets.some(({ reach }) => reach === 'outside') ?? false,
  acts: !everyday.has(action.tool),
  ...(action.telephonySessionId !== undefined && { call: action.telephonySessionId }),
});

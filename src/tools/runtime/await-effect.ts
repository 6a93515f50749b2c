import type { Line } from '../../app/line.ts';
import { ownParty } from '../../calls/store/own-party.ts';
import type { PartyView, SessionView } from '../../calls/store/views.ts';
import type { OperationAnswer } from '../../ringcentral/platform.ts';
import type { ActionTool, ObservedState } from './action-tool.ts';

/** At most this long does an action wait for the event that shows it. */
const patienceMs = 1_000;
/**
 * At extension scope no event tells of another's party (platform.md 4.5): it is read once, when it had time to
 * change.
 */
const readAfterMs = 200;

export interface EffectTarget {
  telephonySessionId?: string;
  /** Absent: the own party of the call. */
  partyId?: string;
  other?: { telephonySessionId: string; partyId: string };
}

export interface ObservedEffect {
  outcome: 'observed' | 'accepted';
  call?: SessionView;
  party?: PartyView;
  /** It happened, and is not how things stand any more: others act on the call too. */
  isPast?: true;
}

/** Tells whether the platform has shown the new state: in its answer where that proves it, else in an event. */
export async function awaitEffect(
  tool: ActionTool,
  args: Record<string, unknown>,
  answer: OperationAnswer,
  target: EffectTarget,
  line: Line,
): Promise<ObservedEffect> {
  const look = () => see(answer, target, line);
  const proven = (state: EffectState) =>
    tool.shows(tool.proof === 'event' && answer.party ? withoutAnswer(state) : state, args);
  // What came after the answer may have taken its place in the call store.
  const isAnswered = (state: EffectState) =>
    tool.proof === 'answer' &&
    answer.party !== undefined &&
    tool.shows({ ...state, party: answer.party }, args);
  const stopReading = tool.party === 'named' ? readLater(target, line) : () => {};
  const first = look();
  const observed = proven(first) || isAnswered(first) || (await happens(() => proven(look()), line));
  stopReading();
  const last = look();
  const { call, party } = last;
  return {
    outcome: observed ? 'observed' : 'accepted',
    ...(call && { call }),
    ...(party && { party }),
    ...(observed && !tool.shows(last, args) && { isPast: true }),
  };
}

/** What the call store and the answer show of the call acted on. */
interface EffectState extends ObservedState {
  party?: PartyView;
  other?: PartyView;
}

function see(answer: OperationAnswer, target: EffectTarget, { calls }: Line): EffectState {
  const call = target.telephonySessionId === undefined ? undefined : calls.session(target.telephonySessionId);
  const party =
    target.partyId === undefined ? ownParty(call) : call?.parties.find(({ id }) => id === target.partyId);
  const { other } = target;
  const gone = other && calls.party(other.telephonySessionId, other.partyId);
  return {
    ...(call && { call }),
    ...(party && { party }),
    ...(gone && { other: gone }),
    ...(answer.recording && { recording: answer.recording }),
  };
}

/** The party in the answer went into the call store too; here it must not count as what happened. */
const withoutAnswer = ({ party, ...rest }: EffectState): ObservedState => ({
  ...rest,
  ...(party?.source === 'event' && { party }),
});

function readLater({ telephonySessionId }: EffectTarget, { clock, sync, scope }: Line): () => void {
  if (scope !== 'extension' || telephonySessionId === undefined) return () => {};
  // What it answers goes into the call store; a failure leaves the outcome at `accepted`.
  return clock.after(readAfterMs, () => void sync.refresh(telephonySessionId).catch(() => {}));
}

/** True as soon as `condition` holds after a change in the call store; false when patience ends. */
function happens(condition: () => boolean, { calls, clock }: Line): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (held: boolean) => {
      stopListening();
      cancel();
      resolve(held);
    };
    const stopListening = calls.onChange(() => condition() && end(true));
    const cancel = clock.after(patienceMs, () => end(condition()));
  });
}

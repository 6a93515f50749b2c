import type { Line } from '../../app/line.ts';
import { ownParty } from '../../calls/store/own-party.ts';
import type { PartyView, SessionView } from '../../calls/store/views.ts';
import type { OperationAnswer } from '../../ringcentral/platform.ts';
import { Failure } from '../../shared/failure.ts';
import type { ActionTool, ObservedState } from './action-tool.ts';

/** An action waits for the event that shows it for this long at most. */
const longestWaitMs = 1_000;
/** For what follows by itself (`ActionTool.settles`) it waits so long more. */
const longestSettlingMs = 2_000;
/**
 * At extension scope no event tells of another's party (platform.md 4.5), so the call is read once, this long after the
 * request, by whose party the act is about. Of the call as a whole an event of your own leg shows that it has to be read,
 * which is done in the background, where the limit leaves room for that; of your own leg an event tells.
 */
const readAfterMs = { named: 200, call: 600, own: undefined } as const;

/** Where the effect of an act shows. */
export interface EffectTarget {
  telephonySessionId?: string;
  /** Absent: the own party of the call. */
  partyId?: string;
  /** The own party in the second call of bridge and bring-in. */
  other?: { telephonySessionId: string; partyId: string };
}

/** What was seen of an act's effect, and the call and party as they are then. */
export interface ObservedEffect {
  /** `observed`: the platform showed the new state; `accepted`: it took the request, no more is known. */
  outcome: 'observed' | 'accepted';
  call?: SessionView;
  party?: PartyView;
  /** The own party in the other call. */
  other?: PartyView;
  /** The new state was observed and has changed again since: others act on the call, too. */
  isPast?: true;
  /** Of what is `accepted` only: why the call could not be read. */
  trouble?: Failure;
}

/**
 * Waits, for a second at most, until the platform shows the new state: in its answer where that proves it
 * (`ActionTool.proof`), else in an event or a reading.
 */
export async function awaitEffect(
  tool: ActionTool,
  args: Record<string, unknown>,
  answer: OperationAnswer,
  target: EffectTarget,
  line: Line,
): Promise<ObservedEffect> {
  const currentState = () => stateNow(answer, target, line);
  const isProven = (state: EffectState) =>
    tool.shows(tool.proof === 'event' && answer.party ? withoutAnswer(state) : state, args);
  // A newer event may already have replaced the answer's party in the call store.
  const isProvenByAnswer = (state: EffectState) =>
    tool.proof === 'answer' &&
    answer.party !== undefined &&
    tool.shows({ ...state, party: answer.party }, args);
  let trouble: Failure | undefined;
  const note = (error: unknown) => {
    if (error instanceof Failure) trouble = error;
  };
  const stopReading = readLater(
    target,
    line,
    readAfterMs[tool.rings ? 'named' : (tool.party ?? 'call')],
    note,
  );
  const first = currentState();
  const observed =
    isProven(first) ||
    isProvenByAnswer(first) ||
    (await holdsSoon(() => isProven(currentState()), longestWaitMs, line));
  const { settles } = tool;
  const isSettled = () => settles === undefined || settles(currentState(), args);
  if (observed && !isSettled()) {
    // Of who joins or takes the call no event need tell.
    await line.sync.refresh(target.telephonySessionId ?? '', { priority: 'action' }).catch(() => {});
    if (!isSettled()) {
      const stop = readLater(target, line, longestSettlingMs / 2);
      await holdsSoon(isSettled, longestSettlingMs, line);
      stop();
    }
  }
  stopReading();
  const last = currentState();
  const { call, party, other } = last;
  return {
    outcome: observed ? 'observed' : 'accepted',
    ...(call && { call }),
    ...(party && { party }),
    ...(other && { other }),
    ...(observed && !tool.shows(last, args) && { isPast: true }),
    ...(!observed && trouble && { trouble }),
  };
}

/** The state with parties of the call store, which say whether they come from an event. */
interface EffectState extends ObservedState {
  party?: PartyView;
  other?: PartyView;
}

/** What the call store and the answer show now of the call acted on. */
function stateNow(answer: OperationAnswer, target: EffectTarget, { calls }: Line): EffectState {
  const call = target.telephonySessionId === undefined ? undefined : calls.session(target.telephonySessionId);
  const party =
    target.partyId === undefined ? ownParty(call) : call?.parties.find(({ id }) => id === target.partyId);
  const { other } = target;
  const otherParty = other && calls.party(other.telephonySessionId, other.partyId);
  return {
    ...(call && { call }),
    ...(party && { party }),
    ...(otherParty && { other: otherParty }),
    ...(answer.recording && { recording: answer.recording }),
  };
}

/** Without a party that is in the call store from the answer only: the answer alone is no proof here. */
const withoutAnswer = ({ party, ...rest }: EffectState): ObservedState => ({
  ...rest,
  ...(party?.source === 'event' && { party }),
});

/**
 * Has the call read soon, where no event would tell of the party. The answer cancels that. It belongs to the act, so it
 * may use the requests that are kept for acts; a failure leaves the outcome at `accepted`.
 */
function readLater(
  { telephonySessionId }: EffectTarget,
  { clock, sync, scope }: Line,
  afterMs: number | undefined,
  onFailure: (error: unknown) => void = () => {},
): () => void {
  if (scope !== 'extension' || telephonySessionId === undefined || afterMs === undefined) return () => {};
  return clock.after(
    afterMs,
    () => void sync.refresh(telephonySessionId, { priority: 'action' }).catch(onFailure),
  );
}

/** Resolves with true once `condition` holds after a change in the call store; with false after `longestMs`. */
function holdsSoon(condition: () => boolean, longestMs: number, { calls, clock }: Line): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (held: boolean) => {
      stopListening();
      cancel();
      resolve(held);
    };
    const stopListening = calls.onChange(() => condition() && end(true));
    const cancel = clock.after(longestMs, () => end(condition()));
  });
}

import type { PartyView, SessionView } from '../../calls/store/views.ts';
import { ownParty } from '../../presentation/format.ts';
import type { OperationAnswer } from '../../ringcentral/platform.ts';
import type { App } from './context.ts';
import type { ActingTool, Seen } from './define-action.ts';

/** At most this long does an action wait for the event that shows it. */
const patienceMs = 1_000;
/**
 * At extension scope no event tells of another's party (platform.md 4.5): it is read once, when it had time to
 * change.
 */
const readAfterMs = 200;

export interface Watched {
  telephonySessionId?: string;
  /** Absent: the own party of the call. */
  partyId?: string;
  other?: { telephonySessionId: string; partyId: string };
}

export interface Observation {
  outcome: 'observed' | 'accepted';
  call?: SessionView;
  party?: PartyView;
  /** It happened, and is not how things stand any more: others act on the call too. */
  isPast?: true;
}

/** Tells whether the platform has shown the new state: in its answer where that proves it, else in an event. */
export async function observe(
  tool: ActingTool,
  args: Record<string, unknown>,
  answer: OperationAnswer,
  watched: Watched,
  app: App,
): Promise<Observation> {
  const look = () => see(answer, watched, app);
  const proven = (sight: Sight) =>
    tool.shows(tool.proof === 'event' && answer.party ? withoutAnswer(sight) : sight, args);
  // What came after the answer may have taken its place in the picture.
  const isAnswered = (sight: Sight) =>
    tool.proof === 'answer' &&
    answer.party !== undefined &&
    tool.shows({ ...sight, party: answer.party }, args);
  const stopReading = tool.party === 'named' ? readLater(watched, app) : () => {};
  const first = look();
  const observed = proven(first) || isAnswered(first) || (await happens(() => proven(look()), app));
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

/** What the picture and the answer show of the call acted on. */
interface Sight extends Seen {
  party?: PartyView;
  other?: PartyView;
}

function see(answer: OperationAnswer, watched: Watched, { calls }: App): Sight {
  const call =
    watched.telephonySessionId === undefined ? undefined : calls.session(watched.telephonySessionId);
  const party =
    watched.partyId === undefined ? ownParty(call) : call?.parties.find(({ id }) => id === watched.partyId);
  const { other } = watched;
  const gone = other && calls.party(other.telephonySessionId, other.partyId);
  return {
    ...(call && { call }),
    ...(party && { party }),
    ...(gone && { other: gone }),
    ...(answer.recording && { recording: answer.recording }),
  };
}

/** The party in the answer went into the picture too; here it must not count as what happened. */
const withoutAnswer = ({ party, ...rest }: Sight): Seen => ({
  ...rest,
  ...(party?.source === 'event' && { party }),
});

function readLater({ telephonySessionId }: Watched, { clock, keeper, scope }: App): () => void {
  if (scope !== 'extension' || telephonySessionId === undefined) return () => {};
  // What it answers is news for the picture; a failure leaves the outcome at `accepted`.
  return clock.after(readAfterMs, () => void keeper.refresh(telephonySessionId).catch(() => {}));
}

/** True as soon as `condition` holds after a change of the picture; false when patience ends. */
function happens(condition: () => boolean, { calls, clock }: App): Promise<boolean> {
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

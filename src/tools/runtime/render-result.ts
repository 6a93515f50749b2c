import { ownParty } from '../../calls/store/own-party.ts';
import type { SessionView } from '../../calls/store/views.ts';
import { formatCallLine, formatParty } from '../../presentation/format.ts';
import { otherSideOf } from '../../presentation/next-step-words.ts';
import { presentParty, presentSession } from '../../presentation/views.ts';
import type { OperationAnswer } from '../../ringcentral/platform.ts';
import type { CallParty, Recording } from '../../ringcentral/wire/session.ts';
import type { ActionTool } from './action-tool.ts';
import { advise } from './advise.ts';
import { awaitEffect } from './await-effect.ts';
import type { ToolContext } from './context.ts';
import { type ActionSubject, isOnYou, refOf } from './find-call.ts';
import type { ToolResult } from './result.ts';

/**
 * The result of an act that the platform has taken: waits for its effect (`awaitEffect`), then tells the outcome, the
 * call and party as they are now, and which tools make sense next.
 */
export async function renderResult(
  tool: ActionTool,
  args: Record<string, unknown>,
  answer: OperationAnswer,
  subject: ActionSubject,
  context: ToolContext,
): Promise<ToolResult> {
  const telephonySessionId = answer.session?.id ?? subject.call?.id;
  const partyId = answer.party?.id ?? subject.party?.id;
  const other = subject.other && refOf(subject.other);
  const watched = {
    ...(telephonySessionId && { telephonySessionId }),
    ...(partyId && { partyId }),
    ...(other && { other }),
  };
  const { line } = context;
  if (tool.joins && answer.party?.conferenceRole === 'Participant' && subject.call && other) {
    line.calls.bringIn({ telephonySessionId: subject.call.id, partyId: answer.party.id }, other);
  }
  const effect = await awaitEffect(tool, args, answer, watched, line);
  const { outcome, call, party, isPast } = effect;
  const now = line.clock.now();
  const shown = withRecording(party ?? answer.party, answer.recording);
  // After a flip your party is another one; for the others it is the one that was acted on.
  const about = tool.party === 'own' ? (ownParty(call) ?? shown) : shown;
  const parked = call?.parties.find(({ status }) => status.code === 'Parked');
  const used = { tool: tool.name, args, isPending: outcome === 'accepted' };
  const next = advise({ call, party: parked ?? about, used }, context);
  const said =
    outcome === 'observed'
      ? withNames(
          typeof tool.done === 'function' ? tool.done(args, isOnYou(subject), effect) : tool.done,
          subject,
        )
      : 'Accepted: RingCentral took the request, but nothing has shown yet that it happened.';
  return {
    text: [
      said,
      formatNewParty(subject, call),
      isPast && 'That has changed since; now:',
      telephonySessionId && `Call ${call ? formatCallLine(call, now, shown?.id) : telephonySessionId}.`,
      !call && shown && `${formatParty(shown)}.`,
      answer.recording && `Recording ${answer.recording.id}.`,
    ]
      .filter(Boolean)
      .join(' '),
    data: {
      outcome,
      ...(call && { call: presentSession(call) }),
      ...(shown && { party: presentParty(shown) }),
      ...(answer.recording && { recording: answer.recording }),
    },
    next,
    told: {
      cursor: line.calls.history.newest,
      calls: [telephonySessionId, other?.telephonySessionId].filter((id) => id !== undefined),
    },
  };
}

/** A sentence with who the other side was, when the act began: it may have left the call since. */
const withNames = (sentence: string, { call }: ActionSubject): string => {
  const told = sentence.replaceAll('{them}', () => otherSideOf(call));
  return told.charAt(0).toUpperCase() + told.slice(1);
};

/** Says which your party is now, where the act has changed it; empty where it has not. */
function formatNewParty({ call: before }: ActionSubject, call: SessionView | undefined): string {
  const { yourPartyId } = call ?? {};
  if (yourPartyId === undefined || before?.yourPartyId === undefined) return '';
  return yourPartyId === before.yourPartyId
    ? ''
    : `Your party is now ${yourPartyId}, no longer ${before.yourPartyId}.`;
}

/** The party with the recording of the answer, which no event may have told of yet (platform.md 3.5). */
function withRecording<Party extends CallParty>(
  party: Party | undefined,
  recording: Recording | undefined,
): Party | undefined {
  if (party === undefined || recording === undefined) return party;
  const others = party.recordings?.filter(({ id }) => id !== recording.id) ?? [];
  return { ...party, recordings: [...others, recording] };
}

import { ownParty } from '../../calls/store/own-party.ts';
import { formatCallLine, formatParty } from '../../presentation/format.ts';
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
  const { outcome, call, party, isPast } = await awaitEffect(tool, args, answer, watched, line);
  const now = line.clock.now();
  const shown = withRecording(party ?? answer.party, answer.recording);
  // After a flip your party is another one; for the others it is the one that was acted on.
  const about = tool.party === 'own' ? (ownParty(call) ?? shown) : shown;
  const parked = call?.parties.find(({ status }) => status.code === 'Parked');
  const used = { tool: tool.name, args, isPending: outcome === 'accepted' };
  const next = advise({ call, party: parked ?? about, used }, context);
  const said =
    outcome === 'observed'
      ? `${typeof tool.done === 'function' ? tool.done(args, isOnYou(subject)) : tool.done}`
      : 'Accepted: RingCentral took the request, but nothing has shown yet that it happened.';
  return {
    text: [
      said,
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

/** The party with the recording of the answer, which no event may have told of yet (platform.md 3.5). */
function withRecording<Party extends CallParty>(
  party: Party | undefined,
  recording: Recording | undefined,
): Party | undefined {
  if (party === undefined || recording === undefined) return party;
  const others = party.recordings?.filter(({ id }) => id !== recording.id) ?? [];
  return { ...party, recordings: [...others, recording] };
}

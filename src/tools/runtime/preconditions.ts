import { yourParkedParty } from '../../calls/store/parked-party.ts';
import { isBeingRecorded } from '../../calls/store/party.ts';
import type { PartyView, SessionView } from '../../calls/store/views.ts';
import type { ResolvedTarget } from '../../guard/assessment/targets/target.ts';
import type { OperationName } from '../../ringcentral/wire/operation-table.ts';
import { hasLeft, hasRecording, isConference, isInbound, listensIn } from '../../ringcentral/wire/session.ts';
import { Failure } from '../../shared/failure.ts';
import type { ActionTool } from './action-tool.ts';
import { advise } from './advise.ts';
import type { ToolContext } from './context.ts';
import { stateMismatch } from './explain-refusal.ts';

/**
 * Party states in phases of a call. A tool that works in one phase certainly does not in another; whether it also works
 * in the other states of its phase is for the platform to say (`Answered` and `Hold`, platform.md 2.2). States that are
 * not here refuse nothing.
 */
const phases: Readonly<Record<string, string>> = {
  Setup: 'ringing',
  Proceeding: 'ringing',
  Answered: 'connected',
  Hold: 'connected',
  Parked: 'parked',
};

/** A state of the call in which a tool certainly does not work, and the sentence that says so. */
interface Row {
  tool: OperationName;
  when(call: SessionView, party: PartyView | undefined, given: Given): boolean;
  because: string;
}

/** What an act was given beside its call. */
interface Given {
  args: Readonly<Record<string, unknown>>;
  targets: readonly ResolvedTarget[];
}

/** Whether the agent who is to be listened to has no leg of this call. */
const isAgentAbsent: Row['when'] = (call, _party, { args: { agentExtensionId } }) =>
  agentExtensionId !== undefined &&
  !call.parties.some((one) => one.extensionId === agentExtensionId && !hasLeft(one) && !listensIn(one));
const agentAbsent =
  'That agent is not on this call: list_monitored_extensions shows whose calls you may listen to, and which they have.';

const isListener = (_call: SessionView, party: PartyView | undefined): boolean =>
  party !== undefined && listensIn(party);
const onlyListens =
  'This leg only listens in: it can neither hold those on the call nor take them back, who hear each other all the while, ' +
  'and no music. delete_call_party stops listening.';

/** Whether the call would go to the extension whose party it is on already: its phones, not its mailbox. */
const isThereAlready: Row['when'] = (_call, party, { args, targets }) =>
  args.voicemail === undefined &&
  targets.some(({ extensionId }) => extensionId !== undefined && extensionId === party?.extensionId);

/**
 * What is certain beyond the phases (platform.md 2.2, 2.3.5, 2.3.18), or what nobody can mean. The first row that fits counts.
 */
const rows: readonly Row[] = [
  { tool: 'supervise_call_session', when: isAgentAbsent, because: agentAbsent },
  { tool: 'supervise_call_party', when: isAgentAbsent, because: agentAbsent },
  {
    tool: 'call_flip_party',
    when: (call, party) =>
      call.parties.some(
        (one) => one.id !== party?.id && isInbound(one) && phases[one.status.code] === 'ringing',
      ),
    because:
      'A phone rings on this call already: it can be moved once that has been answered, or has stopped.',
  },
  {
    tool: 'forward_call_party',
    when: isThereAlready,
    because: 'It rings at that extension already: forward it to somebody else, or to a mailbox.',
  },
  {
    tool: 'transfer_call_party',
    when: isThereAlready,
    because:
      'That extension is on the call already: its phones would ring anew, and nobody might answer. call_flip_party moves ' +
      'the call to another of your phones, hold_call_party has the other side wait, voicemail sends them to a mailbox.',
  },
  {
    tool: 'pickup_call_party',
    when: (call, party) => party !== undefined && yourParkedParty(call)?.id === party.id,
    because: 'You are the one who is parked, and would talk with yourself: somebody else has to pick you up.',
  },
  { tool: 'hold_call_party', when: isListener, because: onlyListens },
  { tool: 'unhold_call_party', when: isListener, because: onlyListens },
  { tool: 'start_call_recording', when: isConference, because: 'A conference cannot be recorded.' },
  {
    tool: 'start_call_recording',
    when: (_call, party) => isBeingRecorded(party?.recordings),
    because: 'This call is recorded already.',
  },
  {
    tool: 'start_call_recording',
    when: (_call, party) => party !== undefined && hasRecording(party),
    because: "This call's recording is paused: pause_resume_call_recording resumes it.",
  },
  {
    tool: 'create_call_party_with_bring_in',
    when: (call) => call.origin?.type !== undefined && !isConference(call),
    because: 'This call is not a conference: create_conference_call_session makes one.',
  },
  {
    tool: 'create_call_party_with_bring_in',
    when: (call) => isConference(call) && call.parties.every(hasLeft),
    because: 'The host is not in the conference: a phone of theirs has to join it first.',
  },
];

/**
 * Why an act cannot work on this call, as it was just read; undefined where it may. The guard checks it before it asks
 * a person, who should not have to decide on what the platform would refuse.
 * @returns a `wrong_state` to throw
 */
export function unmetPrecondition(
  tool: ActionTool,
  { call, partyId, args, targets }: Given & { call: SessionView; partyId: string | undefined },
  context: ToolContext,
): Failure | undefined {
  const party = call.parties.find(({ id }) => id === partyId);
  const because =
    rows.find((row) => row.tool === tool.name && row.when(call, party, { args, targets }))?.because ??
    (party && isOutOfPhase(tool, party) ? stateMismatch(tool, call, party) : undefined);
  if (because === undefined) return undefined;
  return new Failure('wrong_state', `${because} Nothing was done.`, {
    next: advise({ call, party, used: { tool: tool.name, args: { telephonySessionId: call.id } } }, context),
  });
}

/** Whether the party is in another phase than all states that the tool works in. */
function isOutOfPhase({ worksIn }: ActionTool, { status }: PartyView): boolean {
  const phase = phases[status.code];
  return phase !== undefined && worksIn !== undefined && !worksIn.some((code) => phases[code] === phase);
}

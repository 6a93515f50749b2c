import type { SessionView } from '../../calls/store/views.ts';
import { formatParty } from '../../presentation/format.ts';
import { canTalk, describeState } from '../../presentation/party-states.ts';
import { isUsable } from '../../ringcentral/wire/lookups.ts';
import type { CallParty } from '../../ringcentral/wire/session.ts';
import { Failure, type FailureKind } from '../../shared/failure.ts';
import type { NextStep } from '../../shared/next-step.ts';
import type { ActionTool } from './action-tool.ts';
import { advise } from './advise.ts';
import type { ToolContext } from './context.ts';
import type { ActionSubject } from './find-call.ts';
import { valueSource } from './parameter-hints.ts';
import { phonesOf } from './resolve-phone.ts';

/** Kinds of failures that the state of the call explains better than the platform's code. */
const aboutState: ReadonlySet<FailureKind> = new Set(['wrong_state', 'forbidden', 'not_found']);

/**
 * The platform's refusal with the reason and what helps next. For that the call is read again, because its picture was
 * wrong where the platform has refused.
 * @returns the failure to throw: of the same kind, as it was where nothing better can be said
 */
export async function explainRefusal(
  failure: Failure,
  tool: ActionTool,
  args: Readonly<Record<string, unknown>>,
  subject: ActionSubject,
  context: ToolContext,
): Promise<Failure> {
  const explained = await explainState(failure, tool, args, subject, context);
  const goesOn = failure.kind === 'unknown_outcome' ? undefined : tool.goesOn?.(args);
  return goesOn
    ? new Failure(explained.kind, `${goesOn} ${explained.message}`, explained.details)
    : explained;
}

async function explainState(
  failure: Failure,
  tool: ActionTool,
  args: Readonly<Record<string, unknown>>,
  subject: ActionSubject,
  context: ToolContext,
): Promise<Failure> {
  const source = valueSource(failure.details.parameter);
  if (source !== undefined) return failed(failure, failure.message, [source]);
  if (!aboutState.has(failure.kind)) return failure;
  const phone = await unusablePhone(phonesOf(tool, args), context);
  if (phone) return failed(failure, `${phone}; nothing was done.`, ['list_devices']);
  if (!subject.call) return failure;
  const now = await currentState(subject.call, subject.party, context);
  // Of two calls, the one in the wrong state explains it.
  const other = subject.other && (await currentState(subject.other.call, subject.other.party, context));
  const decisive = other && shouldWork(tool, now) && !shouldWork(tool, other) ? other : now;
  if (decisive.call.over)
    return failed(failure, `The call ${decisive.call.id} is over; nothing was done.`, ['list_active_calls']);
  const next = advise({ ...decisive, used: { tool: tool.name, args } }, context);
  return failed(failure, refusalText(failure, tool, decisive), next);
}

const failed = ({ kind, details }: Failure, message: string, next: (string | NextStep)[]) =>
  new Failure(kind, message, { ...details, next });

/** A call as it is now, and in it the party that the act was about. */
interface CurrentState {
  call: SessionView;
  party: CallParty | undefined;
}

/** The call as it was read now; where that fails, as it is known. */
async function currentState(
  call: SessionView,
  party: CallParty | undefined,
  { line: { sync, calls }, signal }: ToolContext,
): Promise<CurrentState> {
  const fresh = await sync.refresh(call.id, { signal }).catch(() => undefined);
  const now = fresh ?? calls.session(call.id) ?? call;
  return { call: now, party: now.parties.find(({ id }) => id === party?.id) ?? party };
}

/** Whether the tool should have worked in this state, as far as is known. */
const shouldWork = ({ worksIn }: ActionTool, { call, party }: CurrentState): boolean =>
  !call.over && party !== undefined && worksIn?.includes(party.status.code) === true && canTalk(call, party);

/**
 * Which of the phones cannot be used now, as a clause: the platform's refusal does not say. Undefined where all can.
 */
async function unusablePhone(
  deviceIds: readonly string[],
  { line: { platform } }: ToolContext,
): Promise<string | undefined> {
  if (deviceIds.length === 0) return undefined;
  const devices = await platform.listDevices().catch(() => []);
  const phone = devices.find((device) => deviceIds.includes(device.id) && !isUsable(device));
  return (
    phone && `The phone ${phone.id} cannot be used now: it is ${phone.status ?? 'not a phone that answers'}`
  );
}

/**
 * The message of a refusal on this state: on the kind of call, on the states, or the platform's with the state beside
 * it.
 */
function refusalText({ kind, message }: Failure, tool: ActionTool, { call, party }: CurrentState): string {
  if (party === undefined) return message;
  if (tool.only && !tool.only.is(party)) {
    return `${tool.name} works only on ${tool.only.calls}; this is not one; ${facts(tool, call, party)}`;
  }
  // The two states say more than the platform's code.
  return kind === 'wrong_state' && tool.worksIn && !tool.worksIn.includes(party.status.code)
    ? stateMismatch(tool, call, party)
    : `${message} As it is, ${facts(tool, call, party)}`;
}

/** A sentence on the states that a tool works in, and the one that the party is in. */
export const stateMismatch = (tool: ActionTool, call: SessionView, party: CallParty): string =>
  `${tool.name} works in ${tool.worksIn?.join(' or ')}; ${facts(tool, call, party)}`;

/** The state of the party, as the end of a sentence. */
function facts({ joins }: ActionTool, call: SessionView, party: CallParty): string {
  const which = joins ? `in call ${call.id} ` : '';
  const whose = party.id === call.yourPartyId ? 'your party ' : '';
  return `now ${which}${whose}${formatParty(party)}: ${describeState(call, party)}.`;
}

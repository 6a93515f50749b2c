import { Failure, type FailureKind } from '../base/failure.ts';
import type { SessionView } from '../calls/view.ts';
import type { CallParty } from '../ringcentral/wire/session.ts';
import type { ActingTool } from './acting.ts';
import type { ToolContext } from './context.ts';
import { meaningOf } from './next.ts';
import type { Where } from './resolve.ts';
import { nextTools, partyWords } from './words.ts';

/** Kinds in which the state of the call says more than the platform's code. */
const aboutState: ReadonlySet<FailureKind> = new Set(['wrong_state', 'forbidden', 'not_found']);

/** Where the right value of an argument is found. */
const lookups: Readonly<Record<string, string>> = {
  deviceId: 'list_devices',
  fromDeviceId: 'list_devices',
  supervisorDeviceId: 'list_devices',
  callFlipId: 'list_call_flip_numbers',
  agentExtensionId: 'list_monitored_extensions',
  agentExtensionNumber: 'list_monitored_extensions',
  extensionId: 'find_extensions',
  extensionNumber: 'find_extensions',
  voicemail: 'find_extensions',
  parkOrbit: 'find_extensions',
  recordingId: 'read_call_session_status',
};

/**
 * Words for a refusal of the platform. It judges states, because our picture may be old; we say what is true now and
 * what helps next, and look once more for that, because the platform has just contradicted the picture.
 */
export async function explain(
  failure: Failure,
  tool: ActingTool,
  { call, party }: Where,
  context: ToolContext,
): Promise<Failure> {
  const lookup = lookups[failure.details.parameter?.split('.').at(-1) ?? ''];
  if (lookup !== undefined) return failed(failure, failure.message, [lookup]);
  if (!call || !aboutState.has(failure.kind)) return failure;
  const { keeper, calls } = context.app;
  const fresh = await keeper.refresh(call.id, { signal: context.signal }).catch(() => undefined);
  const now = fresh ?? calls.session(call.id) ?? call;
  if (now.over)
    return failed(failure, `The call ${now.id} is over; nothing was done.`, ['list_active_calls']);
  const current = now.parties.find(({ id }) => id === party?.id) ?? party;
  return failed(failure, words(failure, tool, now, current), nextTools(now, current, context));
}

const failed = ({ kind, details }: Failure, message: string, next: string[]) =>
  new Failure(kind, message, { ...details, next });

function words(
  { kind, message }: Failure,
  tool: ActingTool,
  call: SessionView,
  party: CallParty | undefined,
): string {
  if (party === undefined) return message;
  // The platform's code says less than the two states beside each other.
  return kind === 'wrong_state' && tool.worksIn && !tool.worksIn.includes(party.status.code)
    ? misfit(tool, call, party)
    : `${message} As it is, ${facts(call, party)}`;
}

/** The state that a tool needs beside the one that the party is in. */
export const misfit = ({ name, worksIn = [] }: ActingTool, call: SessionView, party: CallParty): string =>
  `${name} works in ${worksIn.join(' and ')}; ${facts(call, party)}`;

const facts = (call: SessionView, party: CallParty): string =>
  `now ${party.id === call.yourPartyId ? 'your party ' : ''}${partyWords(party)}: ${meaningOf(party)}.`;

import { Failure, type FailureKind } from '../base/failure.ts';
import type { SessionView } from '../calls/view.ts';
import type { CallParty } from '../ringcentral/wire/session.ts';
import type { ActingTool } from './acting.ts';
import type { ToolContext } from './context.ts';
import { stateOf } from './next.ts';
import { nextTools, partyWords } from './words.ts';

const aboutState: ReadonlySet<FailureKind> = new Set(['wrong_state', 'forbidden', 'not_found']);

/** Kinds in which the state of the call says more than the platform's code. */
export const isAboutState = ({ kind }: Failure): boolean => aboutState.has(kind);

/** The platform judges states, because ours may be old; we say what is true now and what helps next. */
export function explain(
  failure: Failure,
  tool: ActingTool,
  call: SessionView,
  party: CallParty | undefined,
  context: ToolContext,
): Failure {
  const facts = call.over
    ? `The call ${call.id} is over.`
    : party
      ? `Now ${party.id === call.yourPartyId ? 'your party ' : ''}${partyWords(party)}: ${stateOf(party).means}.`
      : '';
  const rule = tool.worksIn ? `${tool.name} works in ${tool.worksIn.join(' and ')}.` : '';
  return new Failure(failure.kind, [failure.message, facts, rule].filter(Boolean).join(' '), {
    ...failure.details,
    next: call.over ? ['list_active_calls'] : nextTools(party, context),
  });
}

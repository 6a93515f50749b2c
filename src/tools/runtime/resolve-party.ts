import { ownParty } from '../../calls/store/own-party.ts';
import { Failure } from '../../shared/failure.ts';
import type { ActionTool } from './action-tool.ts';
import { advise } from './advise.ts';
import type { ToolContext } from './context.ts';
import { type ActionSubject, findCall, findNamedParty, findOwnParty } from './find-call.ts';

/**
 * The id of the party that a tool means where none is named. Throws `wrong_state` where the call has none that it works
 * on, `invalid_input` where it has several.
 */
async function defaultParty(
  { name, defaultParty: find, worksIn = [] }: ActionTool,
  telephonySessionId: string,
  context: ToolContext,
): Promise<string> {
  const known = find?.(await findCall(telephonySessionId, context));
  if (known) return known.id;
  const call = await context.line.sync.refresh(telephonySessionId, { signal: context.signal });
  const read = find?.(call);
  if (read) return read.id;
  if (!call.parties.some(({ status }) => worksIn.includes(status.code))) {
    throw new Failure(
      'wrong_state',
      `Nobody on call ${call.id} is ${worksIn.join(' or ')}, which ${name} needs. Nothing was done.`,
      { next: advise({ call, party: ownParty(call), used: { tool: name, args: {} } }, context) },
    );
  }
  throw new Failure('invalid_input', 'partyId: it is not clear which party is meant. Nothing was done.', {
    parameter: 'partyId',
    next: ['read_call_session_status'],
  });
}

/**
 * Finds the call and the party that an act is about, and the own party in the second call of bridge and bring-in.
 * @throws Failure `not_found`; `invalid_input` for another's party, or where both calls are the same
 */
export async function resolveParty(
  tool: ActionTool,
  args: Readonly<Record<string, unknown>>,
  context: ToolContext,
): Promise<ActionSubject> {
  const { telephonySessionId, partyId, targetTelephonySessionId, targetPartyId } = args as Record<
    string,
    string | undefined
  >;
  if (telephonySessionId === undefined) return {};
  const subject: ActionSubject =
    tool.party === 'own'
      ? await findOwnParty(tool.name, telephonySessionId, partyId, context)
      : tool.party === 'named'
        ? await findNamedParty(
            telephonySessionId,
            partyId ?? (await defaultParty(tool, telephonySessionId, context)),
            context,
          )
        : { call: await findCall(telephonySessionId, context) };
  if (!tool.joins || targetTelephonySessionId === undefined) return subject;
  if (targetTelephonySessionId === telephonySessionId) {
    throw new Failure(
      'invalid_input',
      'targetTelephonySessionId is the same call; it names your other one.',
      {
        parameter: 'targetTelephonySessionId',
        next: ['list_active_calls'],
      },
    );
  }
  const other = await findOwnParty(
    tool.name,
    targetTelephonySessionId,
    targetPartyId,
    context,
    'targetPartyId',
  );
  return { ...subject, other };
}

import { Failure } from '../../shared/failure.ts';
import type { ActionTool } from './action-tool.ts';
import type { ToolContext } from './context.ts';
import { type ActionSubject, findCall, findNamedParty, findOwnParty } from './find-call.ts';

/** The id of the party that a tool means where none is named. Throws `invalid_input` where that is not clear. */
async function defaultParty(
  { defaultParty: find }: ActionTool,
  telephonySessionId: string,
  context: ToolContext,
): Promise<string> {
  const call = await findCall(telephonySessionId, context);
  const known = find?.(call) ?? find?.(await context.line.sync.refresh(call.id, { signal: context.signal }));
  if (known) return known.id;
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

import { Failure } from '../../shared/failure.ts';
import type { ActionTool } from './action-tool.ts';
import type { ToolContext } from './context.ts';
import { type ActionSubject, findCall, findNamedParty, findOwnParty } from './find-call.ts';

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
        ? await findNamedParty(telephonySessionId, partyId ?? '', context)
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

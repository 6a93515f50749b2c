import { Failure } from '../../shared/failure.ts';
import type { ToolContext } from './context.ts';
import type { ActingTool } from './define-action.ts';
import { findCall, findNamedParty, findOwnParty, type Where } from './find-call.ts';

/** Finds the call and the party that an act is about, and the other call of bridge and bring-in. */
export async function locate(
  tool: ActingTool,
  args: Readonly<Record<string, unknown>>,
  context: ToolContext,
): Promise<Where> {
  const { telephonySessionId, partyId, targetTelephonySessionId, targetPartyId } = args as Record<
    string,
    string | undefined
  >;
  if (telephonySessionId === undefined) return {};
  const where: Where =
    tool.party === 'own'
      ? await findOwnParty(tool.name, telephonySessionId, partyId, context)
      : tool.party === 'named'
        ? await findNamedParty(telephonySessionId, partyId ?? '', context)
        : { call: await findCall(telephonySessionId, context) };
  if (!tool.joins || targetTelephonySessionId === undefined) return where;
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
  return { ...where, other };
}

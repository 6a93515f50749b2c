import { Failure } from '../base/failure.ts';
import type { PartyView, SessionView } from '../calls/view.ts';
import type { PartyRef } from '../guard/action.ts';
import type { ToolContext } from './context.ts';
import { firstPicture } from './picture.ts';
import { ownParty } from './words.ts';

export interface Located {
  call: SessionView;
  party: PartyView;
}

/** What an act is about; nothing where it creates a call. */
export interface Where extends Partial<Located> {
  /** The other call of bridge and bring-in. */
  other?: Located;
}

/**
 * Finds a call by id: in the picture, or, when it has never been seen there or `fresh` is wanted, on the platform.
 * Throws `not_found` that says where ids come from.
 */
export async function findCall(
  telephonySessionId: string,
  context: ToolContext,
  { fresh = false } = {},
): Promise<SessionView> {
  const { calls, keeper } = context.app;
  const known = fresh ? undefined : calls.session(telephonySessionId);
  if (known) return known;
  try {
    return await keeper.refresh(telephonySessionId, { signal: context.signal });
  } catch (error) {
    throw error instanceof Failure && error.kind === 'not_found'
      ? new Failure(
          'not_found',
          `There is no call ${telephonySessionId}, or it has ended. list_active_calls has the ids of live calls.`,
          { ...error.details, parameter: 'telephonySessionId', next: ['list_active_calls'] },
        )
      : error;
  }
}

/** The caller's own party: `partyId` if it is theirs, or the one that the call names as theirs. */
export async function findOwnParty(
  tool: string,
  telephonySessionId: string,
  partyId: string | undefined,
  context: ToolContext,
  parameter = 'partyId',
): Promise<Located> {
  let call = await findCall(telephonySessionId, context);
  if (!fitsOwn(call, partyId)) {
    // Who "you" are is known with the first picture.
    await firstPicture(context.app.keeper);
    call = await context.app.keeper.refresh(telephonySessionId, { signal: context.signal });
  }
  const own = ownParty(call);
  if (own === undefined) {
    // Only an administrator gets here: the platform knows whether they may, the guard asks.
    if (partyId !== undefined) return findNamedParty(telephonySessionId, partyId, context);
    throw new Failure(
      'invalid_input',
      `You have no party in call ${telephonySessionId}. ${whoIsThere(call)}`,
      {
        parameter,
        next: ['list_active_calls'],
      },
    );
  }
  if (partyId === undefined || partyId === own.id) return { call, party: own };
  const given = call.parties.find(({ id }) => id === partyId);
  if (given !== undefined && given.extensionId === own.extensionId) return { call, party: given };
  throw new Failure(
    'invalid_input',
    `${partyId} is not your party in this call; ${tool} acts on yours, which is ${own.id}. Give that, or leave ${parameter} out.`,
    { parameter, next: [tool] },
  );
}

const fitsOwn = (call: SessionView, partyId: string | undefined) =>
  call.yourPartyId !== undefined && (partyId === undefined || call.parties.some(({ id }) => id === partyId));

/** Another's party, by id. */
export async function findNamedParty(
  telephonySessionId: string,
  partyId: string,
  context: ToolContext,
  options: { fresh?: boolean } = {},
): Promise<Located> {
  const find = (call: SessionView) => call.parties.find(({ id }) => id === partyId);
  let call = await findCall(telephonySessionId, context, options);
  if (!find(call)) call = await context.app.keeper.refresh(telephonySessionId, { signal: context.signal });
  const party = find(call);
  if (party) return { call, party };
  throw new Failure(
    'not_found',
    `There is no party ${partyId} in call ${telephonySessionId}. ${whoIsThere(call)}`,
    {
      parameter: 'partyId',
      next: ['read_call_session_status'],
    },
  );
}

function whoIsThere(call: SessionView): string {
  if (call.parties.length === 0) return 'It has no parties yet.';
  const list = call.parties.map(
    ({ id, status }) => (id === call.yourPartyId ? `${id} (you) ` : `${id} `) + status.code,
  );
  return `Its parties: ${list.join(', ')}.`;
}

export const refOf = ({ call, party }: Located): PartyRef => ({
  telephonySessionId: call.id,
  partyId: party.id,
});

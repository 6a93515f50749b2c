import { ownParty } from '../../calls/store/own-party.ts';
import type { PartyView, SessionView } from '../../calls/store/views.ts';
import { awaitFirstSync } from '../../calls/sync/first-sync.ts';
import type { PartyRef } from '../../guard/action.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import { Failure } from '../../shared/failure.ts';
import type { ToolContext } from './context.ts';

export interface FoundParty {
  call: SessionView;
  party: PartyView;
}

/** What an act is about; nothing where it creates a call. */
export interface ActionSubject extends Partial<FoundParty> {
  /** The other call of bridge and bring-in. */
  other?: FoundParty;
}

/**
 * Finds a call by id: in the call store, or, when it has never been seen there, on the platform.
 * Throws `not_found` that says where ids come from.
 */
export async function findCall(telephonySessionId: string, context: ToolContext): Promise<SessionView> {
  const { calls, sync } = context.line;
  const { signal } = context;
  return (
    calls.session(telephonySessionId) ??
    (await explained(telephonySessionId, sync.refresh(telephonySessionId, { signal })))
  );
}

/** What to read of a call; `fresh`: from the platform in any case. */
export interface CallReadRequest {
  fresh?: boolean | undefined;
  partyId?: string;
}

/** A call as it was read; `trouble`: why what is old in it could not be read again. */
export interface CallRead {
  call: SessionView;
  trouble?: Failure;
}

/** Reads a call, or a party of it: from the call store as far as events keep it true, the rest is read again when it is old. */
export function readCall(
  telephonySessionId: string,
  { fresh = false, partyId }: CallReadRequest,
  { line: { sync }, signal }: ToolContext,
): Promise<CallRead> {
  const read = fresh
    ? sync.refresh(telephonySessionId, { signal }).then((call) => ({ call }))
    : sync.recent(telephonySessionId, partyId);
  return explained(telephonySessionId, read);
}

/** As a sentence; nothing where there is none. */
export const formatTrouble = (trouble: Failure | undefined): string =>
  trouble === undefined ? '' : `It could not be read again now: ${trouble.message}`;

function explained<T>(telephonySessionId: string, read: Promise<T>): Promise<T> {
  return read.catch((error: unknown) => {
    throw error instanceof Failure && error.kind === 'not_found'
      ? new Failure(
          'not_found',
          `There is no call ${telephonySessionId}, or it has ended. list_active_calls has the ids of live calls.`,
          { ...error.details, parameter: 'telephonySessionId', next: ['list_active_calls'] },
        )
      : error;
  });
}

/** The caller's own party: `partyId` if it is theirs, or the one that the call names as theirs. */
export async function findOwnParty(
  tool: string,
  telephonySessionId: string,
  partyId: string | undefined,
  context: ToolContext,
  parameter = 'partyId',
): Promise<FoundParty> {
  let call = await findCall(telephonySessionId, context);
  if (!fitsOwn(call, partyId)) {
    // Who "you" are is known with the first sync.
    await awaitFirstSync(context.line.sync);
    call = await context.line.sync.refresh(telephonySessionId, { signal: context.signal });
  }
  const own = ownParty(call);
  const given = call.parties.find(({ id }) => id === partyId);
  const isOthers = given?.extensionId !== own?.extensionId || given === undefined;
  // Only a leg that is on the call is one to act on; who has left may still act on others as an administrator.
  if (own === undefined || (hasLeft(own) && partyId !== undefined && isOthers)) {
    // Only an administrator gets here: the platform knows whether they may, the guard asks.
    if (partyId !== undefined) return findIn(call, partyId, context);
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
  if (given !== undefined && !isOthers) return { call, party: given };
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
): Promise<FoundParty> {
  const call = await findCall(telephonySessionId, context);
  return findIn(call, partyId, context);
}

/** The party in this call, or in the same call read once more. Throws `not_found` that says who is there. */
export async function findIn(call: SessionView, partyId: string, context: ToolContext): Promise<FoundParty> {
  const find = (one: SessionView) => one.parties.find(({ id }) => id === partyId);
  const current = find(call)
    ? call
    : await context.line.sync.refresh(call.id, { signal: context.signal }).catch(unlessOver(call));
  const party = find(current);
  if (party) return { call: current, party };
  throw new Failure('not_found', `There is no party ${partyId} in call ${call.id}. ${whoIsThere(current)}`, {
    parameter: 'partyId',
    next: ['read_call_session_status'],
  });
}

/** A call that is over may not be known to the platform any more, and is to us. */
const unlessOver = (call: SessionView) => (error: unknown) => {
  if (error instanceof Failure && error.kind === 'not_found') return call;
  throw error;
};

function whoIsThere(call: SessionView): string {
  if (call.parties.length === 0) return 'It has no parties yet.';
  const list = call.parties.map(
    ({ id, status }) => (id === call.yourPartyId ? `${id} (you) ` : `${id} `) + status.code,
  );
  return `Its parties: ${list.join(', ')}.`;
}

export const refOf = ({ call, party }: FoundParty): PartyRef => ({
  telephonySessionId: call.id,
  partyId: party.id,
});

/** Whether it is the login's own parties that are acted on, and not, by an administrator, those of somebody else. */
export const isOnYou = ({ call, party, other }: ActionSubject): boolean =>
  [{ call, party }, other ?? {}].every((one) => one.call === undefined || isYours(one));

/** Of a call that you have left, a colleague's party is not yours. */
function isYours({ call, party }: Partial<FoundParty>): boolean {
  const own = ownParty(call);
  return own !== undefined && (party === undefined || party.extensionId === own.extensionId);
}

import { ownParty } from '../../calls/store/own-party.ts';
import type { PartyView, SessionView } from '../../calls/store/views.ts';
import { awaitFirstSync } from '../../calls/sync/first-sync.ts';
import type { PartyRef } from '../../guard/action.ts';
import { stateInShort } from '../../presentation/party-states.ts';
import { nameOf } from '../../presentation/person-names.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import { Failure, waitWords } from '../../shared/failure.ts';
import type { ToolContext } from './context.ts';

/** A party and its call. */
export interface FoundParty {
  call: SessionView;
  party: PartyView;
}

/** The call and party that an act is about; neither where it creates a call. */
export interface ActionSubject extends Partial<FoundParty> {
  /** The own party in the second call of bridge and bring-in. */
  other?: FoundParty;
}

/**
 * A call by id: from the call store, or, where it is not known there, read from the platform.
 * @throws Failure `not_found` that says where ids come from, or why it could not be read
 */
export async function findCall(telephonySessionId: string, context: ToolContext): Promise<SessionView> {
  const { calls, sync } = context.line;
  const { signal } = context;
  return (
    calls.session(telephonySessionId) ??
    (await explained(telephonySessionId, sync.refresh(telephonySessionId, { signal })))
  );
}

/** What to read of a call: one party of it where `partyId` is given; with `fresh` always from the platform. */
export interface CallReadRequest {
  fresh?: boolean | undefined;
  partyId?: string;
}

/** A call as it was read. `trouble`: why it is older than it should be. */
export interface CallRead {
  call: SessionView;
  trouble?: Failure;
}

/**
 * A call, or a party of it: from the call store where events keep it true, else read again once it is older than a few
 * seconds.
 * @throws Failure as `findCall`; a known call that cannot be read again is given with its `trouble` instead
 */
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

/** `trouble` as a sentence; empty where there is none. `what` could not be read. */
export function formatTrouble(trouble: Failure | undefined, what = 'It'): string {
  if (trouble === undefined) return '';
  const { retryAfterSeconds = 1 } = trouble.details;
  // Of an act that was sent nobody must read that nothing was.
  const why =
    trouble.kind === 'rate_limited'
      ? `RingCentral's limit on requests is used up for now.${waitWords(retryAfterSeconds)}`
      : trouble.message;
  return `${what} could not be read again now: ${why}`;
}

/** `read`, with a `not_found` that says where ids come from. */
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

/**
 * The party to act on for a tool that acts on one's own: `partyId` where it is theirs, else the call's own party. On a
 * call without an own party that is still on it, another's `partyId` is taken: administrators may act on it.
 * @param tool for the message
 * @param parameter that names the party, for the message
 * @throws Failure `not_found`; `invalid_input` for another's party, or where there is no own one
 */
export async function findOwnParty(
  tool: string,
  telephonySessionId: string,
  partyId: string | undefined,
  context: ToolContext,
  parameter = 'partyId',
): Promise<FoundParty> {
  let call = await findCall(telephonySessionId, context);
  if (!fitsOwn(call, partyId)) {
    // The first sync tells which extension is logged in, and so which party is its own.
    await awaitFirstSync(context.line.sync);
    call = await context.line.sync.refresh(telephonySessionId, { signal: context.signal });
  }
  const own = ownParty(call);
  const given = call.parties.find(({ id }) => id === partyId);
  const isOthers = given?.extensionId !== own?.extensionId || given === undefined;
  // An own leg that has left cannot be acted on; an administrator may still act on others.
  if (own === undefined || (hasLeft(own) && partyId !== undefined && isOthers)) {
    // Whether they are an administrator, the platform judges; the guard asks a person first.
    if (partyId !== undefined) return findIn(call, partyId, context);
    throw new Failure(
      'invalid_input',
      `You have no party in call ${telephonySessionId}. ${whoIsThere(call, context.line.clock.now())}`,
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

/** Whether the known call is enough to find the own party in. */
const fitsOwn = (call: SessionView, partyId: string | undefined) =>
  call.yourPartyId !== undefined && (partyId === undefined || call.parties.some(({ id }) => id === partyId));

/** A party by id, whoever's it is. Throws `not_found`. */
export async function findNamedParty(
  telephonySessionId: string,
  partyId: string,
  context: ToolContext,
): Promise<FoundParty> {
  const call = await findCall(telephonySessionId, context);
  return findIn(call, partyId, context);
}

/**
 * The party in this call, or in the same call read once more. Throws `not_found` that lists the parties there are.
 */
export async function findIn(call: SessionView, partyId: string, context: ToolContext): Promise<FoundParty> {
  const find = (one: SessionView) => one.parties.find(({ id }) => id === partyId);
  const current = find(call)
    ? call
    : await context.line.sync.refresh(call.id, { signal: context.signal }).catch(unlessOver(call));
  const party = find(current);
  if (party) return { call: current, party };
  const there = whoIsThere(current, context.line.clock.now());
  throw new Failure('not_found', `There is no party ${partyId} in call ${call.id}. ${there}`, {
    parameter: 'partyId',
    next: ['read_call_session_status'],
  });
}

/** Gives the known call where the platform no longer has it, because it is over; throws any other error. */
const unlessOver = (call: SessionView) => (error: unknown) => {
  if (error instanceof Failure && error.kind === 'not_found') return call;
  throw error;
};

/** The parties of a call with what they are doing, as a sentence. */
function whoIsThere(call: SessionView, now: number): string {
  if (call.parties.length === 0) return 'It has no parties yet.';
  const list = call.parties.map(
    (party) => `${nameOf(party, call)} (${party.id}): ${stateInShort(call, party, now)}`,
  );
  return `Its parties: ${list.join(', ')}.`;
}

export const refOf = ({ call, party }: FoundParty): PartyRef => ({
  telephonySessionId: call.id,
  partyId: party.id,
});

/** Whether all parties that are acted on are the login's own; an administrator can act on others'. */
export const isOnYou = ({ call, party, other }: ActionSubject): boolean =>
  [{ call, party }, other ?? {}].every((one) => one.call === undefined || isYours(one));

/**
 * Whether the party, or where none is named the call, is the login's: a party of the same extension as the own one.
 */
function isYours({ call, party }: Partial<FoundParty>): boolean {
  const own = ownParty(call);
  return own !== undefined && (party === undefined || party.extensionId === own.extensionId);
}

import type { FeedView, PartyView, SessionView } from '../calls/view.ts';
import { otherNumber, otherSide, ownNumber, ownSide, presentNumber } from '../resources/present.ts';
import { type CallParty, hasLeft, isQueueCall } from '../ringcentral/wire/session.ts';
import type { ToolContext } from './context.ts';
import { looking, nextFor } from './next.ts';

/** The login's own party of a call, as far as it is known. */
export const ownParty = (call: SessionView | undefined) =>
  call?.parties.find(({ id }) => id === call.yourPartyId);

/** So many parties are named in a line; a call from a queue can ring at dozens. */
const named = 12;

/** One line on a call, enough to act on: everybody who is on it, and `alsoPartyId`, in which state, which ids. */
export function callLine(call: SessionView, alsoPartyId?: string): string {
  const own = ownParty(call);
  const others = call.parties.filter(
    (party) => party !== own && (!hasLeft(party) || party.id === alsoPartyId),
  );
  const head = own
    ? `${own.direction === 'Inbound' ? 'from' : 'to'} ${otherSide(own)}, your party ${partyWords(own)}`
    : `not your call${others.length > 0 ? '' : ', nobody is on it'}`;
  const known = own && otherNumber(own);
  return [`${call.id}: ${head}`, ...list(others, (party) => personWords(party, known)), age(call, own)]
    .filter(Boolean)
    .join('; ');
}

/** At extension scope events keep the own party up to date, not the others. */
function age(call: SessionView, own: PartyView | undefined): string {
  if (!call.stale) return '';
  return own && !own.stale ? 'the others may be out of date' : 'may be out of date';
}

/** The same with who has left and the calls that it is linked with. */
export function callText(call: SessionView): string {
  const own = ownParty(call);
  const left = call.parties.filter((party) => party !== own && hasLeft(party));
  const links = (call.links ?? []).map(
    ({ telephonySessionId, reason }) => telephonySessionId + (reason ? ` (${reason})` : ''),
  );
  return [
    callLine(call),
    left.length > 0 && `No longer on it: ${list(left.toReversed(), personWords).join(', ')}`,
    links.length > 0 && `Linked with ${links.join(', ')}`,
    call.over && 'The call is over',
  ]
    .filter(Boolean)
    .join('. ');
}

function list<Party>(parties: readonly Party[], words: (party: Party) => string): string[] {
  const lines = parties.slice(0, named).map((party) => words(party));
  return parties.length > named ? [...lines, `${parties.length - named} more`] : lines;
}

/** A party with who it is; a number that stands in the line already needs no name again. */
export function personWords(party: CallParty, known?: string): string {
  const number = ownNumber(party);
  const who = number !== undefined && number === known ? presentNumber(number) : ownSide(party);
  const extension = party.extensionId ? `, extension id ${party.extensionId}` : '';
  return `${who}${extension}: ${partyWords(party)}`;
}

export function partyWords(party: CallParty): string {
  const { code, reason } = party.status;
  const notes = [
    party.muted && 'muted',
    ...(party.recordings ?? []).map(({ id, active }) => `recording ${id}${active ? '' : ' paused'}`),
    party.park?.id && `park code ${party.park.id}`,
    isQueueCall(party) && 'queue call',
    party.conferenceRole && `conference ${party.conferenceRole.toLowerCase()}`,
  ].filter(Boolean);
  return [`${party.id} is ${code}`, reason && `/${reason}`, notes.length > 0 && ` (${notes.join(', ')})`]
    .filter(Boolean)
    .join('');
}

/** The tools that make sense now, of those that this client is offered; at least to look. */
export function nextTools(
  call: SessionView | undefined,
  party: CallParty | undefined,
  { offers }: ToolContext,
): string[] {
  const next = nextFor(call, party).filter(offers);
  return next.length > 0 ? next : looking.filter(offers);
}

/** As a sentence; nothing where there is nothing. */
export const nextWords = (next: readonly string[] = []): string =>
  next.length > 0 ? `Next: ${next.join(', ')}.` : '';

/** Why a look may be wrong; empty while the picture is verified. */
export const doubt = ({ stale, state, reason }: FeedView): string =>
  stale ? `Not verified: the event feed is ${state}${reason ? ` (${reason})` : ''}.` : '';

import type { FeedView, SessionView } from '../calls/view.ts';
import { otherSide } from '../resources/present.ts';
import type { CallParty } from '../ringcentral/wire/session.ts';
import type { ToolContext } from './context.ts';
import { nextFor } from './next.ts';

/** The login's own party of a call, as far as it is known. */
export const ownParty = (call: SessionView | undefined) =>
  call?.parties.find(({ id }) => id === call.yourPartyId);

/** One line on a call, enough to act on: who, in which state, which ids. */
export function callLine(call: SessionView): string {
  const own = ownParty(call);
  const age = call.stale ? ', may be out of date' : '';
  if (own === undefined) {
    const parties = call.parties.map((party) => `${partyWords(party)}, ${whose(party)}`).join('; ');
    return `${call.id}: not your call (${parties || 'no parties yet'}${age})`;
  }
  const arrow = own.direction === 'Inbound' ? 'from' : 'to';
  return `${call.id}: ${arrow} ${otherSide(own)}, your party ${partyWords(own)}${age}`;
}

const whose = ({ extensionId }: CallParty) => (extensionId ? `extension id ${extensionId}` : 'outside');

export function partyWords(party: CallParty): string {
  const { code, reason } = party.status;
  const notes = [
    party.muted && 'muted',
    party.recordings?.some(({ active }) => active) && 'recorded',
    party.park?.id && `park code ${party.park.id}`,
  ].filter(Boolean);
  return [`${party.id} is ${code}`, reason && `/${reason}`, notes.length > 0 && ` (${notes.join(', ')})`]
    .filter(Boolean)
    .join('');
}

/** The tools that make sense now, of those that this client is offered. */
export const nextTools = (
  call: SessionView | undefined,
  party: CallParty | undefined,
  { offers }: ToolContext,
): string[] => nextFor(call, party).filter(offers);

/** Why a look may be wrong; empty while the picture is verified. */
export const doubt = ({ stale, state, reason }: FeedView): string =>
  stale ? `Not verified: the event feed is ${state}${reason ? ` (${reason})` : ''}.` : '';

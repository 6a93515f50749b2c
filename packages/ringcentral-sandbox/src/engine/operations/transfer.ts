import type { Reply } from '../api.ts';
import { type Body, exactlyOne } from '../bodies.ts';
import { invalid, wrongState } from '../errors.ts';
import { isOnTheLine, others, type Party } from '../model.ts';
import { locationOf, parkAtLocation } from '../parking.ts';
import type { Pbx } from '../pbx.ts';
import { connect, type Destination, destinationById, resolve } from '../routing.ts';
import { settleSoon } from '../teardown.ts';
import { restParty } from '../wire.ts';
import type { World } from '../world.ts';
import type { PartyContext } from './context.ts';

/** Transfers an answered call, blind (platform.md 2.3.21). */
export function transferCallParty(context: PartyContext, body: Body<'transferCallParty'>): Reply {
  const { pbx, party } = context;
  transfer(pbx, party, targetOf(pbx.world, party, body));
  return { status: 200, body: restParty(pbx, party) };
}

/** Forwards a ringing call (platform.md 2.3.23). */
export function forwardCallParty({ pbx, party }: PartyContext, body: Body<'forwardCallParty'>): Reply {
  const destination = targetOf(pbx.world, party, body);
  // A call that rings cannot be parked, and a park code only retrieves.
  if (destination.kind === 'parkCode' || locationOf(pbx.world, destination) !== undefined) {
    throw invalid('phoneNumber', destination.dialled);
  }
  const waiting = party.serves;
  if (waiting === undefined) throw wrongState(party.code);
  pbx.end(party, 'BlindTransfer');
  pbx.endLegsServing(waiting);
  connect(pbx, waiting, destination);
  return { status: 200, body: restParty(pbx, party) };
}

/**
 * Ends the leg of a party with `BlindTransfer` and sends who is at the other end to the destination, or parks them
 * there.
 *
 * @throws ApiError CMN-101 for a park code, TAS-102 if nobody is at the other end
 */
export function transfer(pbx: Pbx, party: Party, destination: Destination): void {
  if (destination.kind === 'parkCode') throw invalid('phoneNumber', destination.dialled);
  const waiting = others(party).find(isOnTheLine);
  if (waiting === undefined) throw wrongState('nobody at the other end');
  const location = locationOf(pbx.world, destination);
  pbx.endLegsServing(waiting);
  if (location !== undefined) parkAtLocation(pbx, party, waiting, location);
  pbx.end(party, 'BlindTransfer');
  if (location === undefined) connect(pbx, waiting, destination);
  settleSoon(pbx, party.call);
}

/**
 * The destination that the body names. Throws CMN-100 for none, CMN-101 for several or a wrong one, CMN-102 for an
 * unknown one.
 */
function targetOf(world: World, party: Party, body: Body<'transferCallParty'>): Destination {
  const { phoneNumber, extensionNumber, extensionId, voicemail, parkOrbit } = body;
  const [kind, value] = exactlyOne({ phoneNumber, extensionNumber, extensionId, voicemail, parkOrbit });
  if (kind !== 'phoneNumber' && kind !== 'extensionNumber') return destinationById(world, kind, value);
  return resolve(
    world,
    { [kind]: value },
    party.extensionId === undefined ? {} : { extensionId: party.extensionId },
  );
}

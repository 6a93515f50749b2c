import type { Reply } from '../api.ts';
import type { Body } from '../bodies.ts';
import { wrongState } from '../errors.ts';
import type { FlagSource, Party } from '../model.ts';
import type { Pbx } from '../pbx.ts';
import { isMuted, restParty } from '../wire.ts';
import type { PartyContext } from './context.ts';

/**
 * Holds by the API; 409 where that is so already (platform.md 2.3.9). Every `proto` has the same effect (assumed).
 */
export function holdCallParty({ pbx, party }: PartyContext): Reply {
  if (party.api.held) throw wrongState(party.code);
  setHeld(pbx, party, 'api', true);
  return { status: 200, body: restParty(pbx, party) };
}

/** Takes the hold by the API back. The party stays in `Hold` while the phone holds (platform.md 2.3.9, 2.3.10). */
export function unholdCallParty({ pbx, party }: PartyContext): Reply {
  setHeld(pbx, party, 'api', false);
  return { status: 200, body: restParty(pbx, party) };
}

/** Sets `muted` by the API, and `standAlone` (platform.md 2.3.7). */
export function updateCallParty({ pbx, party }: PartyContext, body: Body<'updateCallParty'>): Reply {
  const { muted, standAlone } = { ...body.party, ...body };
  if (muted !== undefined) setMuted(pbx, party, 'api', muted);
  if (standAlone !== undefined && standAlone !== party.standAlone) pbx.change(party, { standAlone });
  return { status: 200, body: restParty(pbx, party) };
}

/** Sets the hold of the phone or the API: one event if the party's status changes by it, none otherwise. */
export function setHeld(pbx: Pbx, party: Party, source: FlagSource, held: boolean): void {
  party[source].held = held;
  const code = party.api.held || party.phone.held ? 'Hold' : 'Answered';
  if (code !== party.code) pbx.change(party, { code });
}

/** Mutes by the phone or the API: one event if `muted` changes by it (assumed, platform.md 12.10), none otherwise. */
export function setMuted(pbx: Pbx, party: Party, source: FlagSource, muted: boolean): void {
  const before = isMuted(party);
  party[source].muted = muted;
  if (isMuted(party) !== before) pbx.change(party, {});
}

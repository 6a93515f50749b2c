import type { CallState, EngineState, PartyState, ReachedState } from './api.ts';
import { ownEnd } from './identity.ts';
import { type Call, isOnTheLine, isOver, type Party } from './model.ts';
import type { Pbx } from './pbx.ts';
import { hears, restParty } from './wire.ts';

/** GET /state of the control interface: everything as it is, also what the platform does not show. */
export function dumpState(pbx: Pbx): EngineState {
  const { world } = pbx;
  const numberOf = (id: string) => world.extensions.get(id)?.extensionNumber ?? id;
  const calls = [...pbx.calls.values()];
  return {
    account: { id: world.account.id },
    extensions: [...world.extensions.values()].map(({ id, extensionNumber, name, type, dndStatus }) => ({
      id,
      extensionNumber,
      name,
      type,
      dndStatus,
    })),
    devices: [...world.devices.values()].map((device) => ({
      ...device,
      extensionNumber: numberOf(device.extensionId),
    })),
    queues: [...world.callQueues.values()].map(({ extensionId, members }) => ({
      id: extensionId,
      extensionNumber: numberOf(extensionId),
      members: members.map(numberOf),
    })),
    calls: calls.map((call) => callState(pbx, call)),
    parked: calls
      .flatMap((call) => call.parties.filter(({ code }) => code === 'Parked'))
      .map((leg) => ({
        telephonySessionId: leg.call.id,
        partyId: leg.id,
        ...(leg.parkCode === undefined
          ? { location: numberOf(leg.extensionId ?? '') }
          : { code: leg.parkCode }),
      })),
    recordings: pbx.recordings.all().map(({ id, mode, active, announced, telephonySessionId, partyId }) => ({
      id,
      mode,
      active,
      announced,
      telephonySessionId,
      partyId,
    })),
    clock: new Date(pbx.clock.now()).toISOString(),
  };
}

function callState(pbx: Pbx, call: Call): CallState {
  return {
    telephonySessionId: call.id,
    origin: { type: call.origin },
    parties: call.parties.map((party) => partyState(pbx, party)),
    reached: call.reached.map(({ at, party, how, phones }) => ({
      at: new Date(at).toISOString(),
      partyId: party.id,
      how,
      ...whoIs(pbx, party),
      phones,
    })),
  };
}

function partyState(pbx: Pbx, party: Party): PartyState {
  return {
    ...restParty(pbx, party),
    phone: { ...party.phone },
    api: { ...party.api },
    hears: hears(party),
    rings: rings(party),
    ...talksAt(party),
    ...inVoicemail(pbx, party),
    ...(party.pages === undefined ? {} : { pages: party.pages }),
  };
}

/** Extension number of a party of the account, number of an outside one. */
function whoIs(pbx: Pbx, party: Party): Pick<ReachedState, 'extensionNumber' | 'phoneNumber'> {
  const extension = pbx.world.extensions.get(party.extensionId ?? '');
  if (extension !== undefined) return { extensionNumber: extension.extensionNumber };
  return { phoneNumber: ownEnd(party).phoneNumber ?? '' };
}

function rings(party: Party): string[] {
  if (party.calledFirst !== undefined) return [party.calledFirst.deviceId];
  if (party.ringing === undefined) return [];
  return party.extensionId === undefined ? [ownEnd(party).phoneNumber ?? ''] : [...party.ringing.devices];
}

function talksAt(party: Party): { talksAt?: string } {
  if (!isOnTheLine(party)) return {};
  const { deviceId, phoneNumber } = ownEnd(party);
  const phone = party.answeredAt ?? (party.extensionId === undefined ? phoneNumber : deviceId);
  return phone === undefined ? {} : { talksAt: phone };
}

/** The number whose mailbox this party is, or listens to. */
function inVoicemail(pbx: Pbx, party: Party): { inVoicemailOf?: string } {
  if (isOver(party)) return {};
  const mailbox = party.call.parties.find((leg) => !isOver(leg) && isMailboxOf(leg, party));
  if (mailbox === undefined) return {};
  const { extensionNumber, phoneNumber } = whoIs(pbx, mailbox);
  const owner = mailbox.answeredAt ?? extensionNumber ?? phoneNumber;
  return owner === undefined ? {} : { inVoicemailOf: owner };
}

function isMailboxOf(leg: Party, party: Party): boolean {
  if (leg.code.startsWith('VoiceMail')) return leg.serves === party || leg === party;
  return leg.machine === true && (leg === party || isOnTheLine(party));
}

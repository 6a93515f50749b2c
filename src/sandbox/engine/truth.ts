import type { CallState, EngineState, PartyState } from './api.ts';
import type { Call, Party } from './model.ts';
import type { Pbx } from './pbx.ts';
import { hears, restParty } from './wire.ts';

/** GET /state: everything as it is, also what the platform does not tell (INTERFACES, Sandbox). */
export function truth(pbx: Pbx): EngineState {
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
  };
}

function partyState(pbx: Pbx, party: Party): PartyState {
  return {
    ...restParty(pbx, party),
    phone: { ...party.phone },
    api: { ...party.api },
    hears: hears(party),
  };
}

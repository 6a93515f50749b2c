import { insideIdentity, onlineDevices, seenInside } from './identity.ts';
import { isOver, type Party, type Reason } from './model.ts';
import type { Pbx } from './pbx.ts';
import { startRinging, toVoicemail } from './ringing.ts';
import type { Extension } from './world.ts';

/**
 * Lets a call that rings for a user ring at their delegates' phones too. Who answers first has it, and the other legs
 * end. The presence of a delegate says on whose behalf it rings (platform.md 8.7); legs and events are assumed.
 */
export function ringDelegates(pbx: Pbx, principalLeg: Party, principal: Extension): void {
  const { ringing, serves: waiting } = principalLeg;
  if (ringing === undefined || waiting === undefined || principal.delegates.length === 0) return;
  const legs = principal.delegates.flatMap((id) => addLeg(pbx, principalLeg, waiting, id) ?? []);
  const stillRinging = () => legs.filter((leg) => leg.ringing !== undefined && !isOver(leg));

  function endOthers(answered: Party): void {
    for (const leg of [principalLeg, ...legs]) {
      if (leg !== answered && leg.serves !== undefined) pbx.end(leg, 'AgentAnswered');
    }
  }

  /** Voicemail takes the caller when no delegate rings any more, and at the latest when the ringing time is over. */
  function giveUp(reason: Reason): void {
    if (reason !== 'NoAnswer' && stillRinging().length > 0) {
      principalLeg.ringing?.devices.clear();
      return;
    }
    for (const leg of stillRinging()) pbx.end(leg, 'NoAnswer');
    toVoicemail(pbx, principalLeg);
  }

  ringing.onAnswer = () => endOthers(principalLeg);
  ringing.onGiveUp = giveUp;
  for (const leg of legs) {
    startRinging(
      pbx,
      leg,
      {
        onAnswer: () => endOthers(leg),
        onGiveUp(reason) {
          pbx.end(leg, reason);
          if (principalLeg.ringing?.devices.size === 0) giveUp(reason);
        },
      },
      phonesOf(pbx, leg.extensionId ?? ''),
    );
  }
}

/** A leg of the delegate with that id; undefined without a phone online. */
function addLeg(pbx: Pbx, principalLeg: Party, waiting: Party, id: string): Party | undefined {
  const delegate = pbx.world.extensions.get(id);
  if (delegate === undefined || phonesOf(pbx, id).length === 0) return undefined;
  return pbx.addParty(principalLeg.call, {
    direction: 'Inbound',
    code: 'Proceeding',
    extensionId: id,
    from: seenInside(pbx.world, waiting),
    to: insideIdentity(delegate),
    serves: waiting,
    onBehalfOf: principalLeg.extensionId,
    ...(waiting.emergencyCallback ? { emergencyCallback: true } : {}),
  });
}

function phonesOf(pbx: Pbx, extensionId: string): string[] {
  return onlineDevices(pbx.world, extensionId).map((device) => device.id);
}

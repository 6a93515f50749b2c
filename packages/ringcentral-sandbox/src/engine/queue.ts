import { insideIdentity, onlineDevices, seenInside } from './identity.ts';
import { isOnTheLine, isOver, type Party, type Reason } from './model.ts';
import type { Pbx } from './pbx.ts';
import { startRinging, toVoicemail } from './ringing.ts';
import { settleSoon } from './teardown.ts';
import { QUEUE_PATIENCE, QUEUE_RETRY_MS } from './timing.ts';
import type { Extension } from './world.ts';

/**
 * Lets a caller wait in a queue: all free agents ring at once, and the first to answer has the call (platform.md
 * 4.7). Agents who miss it are rung again later, until the queue's own voicemail takes the caller (assumed); those
 * who decline it are not.
 */
export function enterQueue(pbx: Pbx, queueLeg: Party, waiting: Party): void {
  const ignored = new Set<string>();

  function offer(): void {
    // By then the queue's voicemail may have taken the caller, or the caller has left.
    if (queueLeg.code !== 'Setup') return;
    const agents = freeAgents(pbx, queueLeg).filter((agent) => !ignored.has(agent.id));
    for (const agent of agents) ringAgent(agent);
    if (agents.length === 0) offerAgain();
  }

  function offerAgain(): void {
    // The queue itself was left, and this may have been the last agent to ring.
    if (isOver(queueLeg)) settleSoon(pbx, queueLeg.call);
    else if (agentLegs(queueLeg).length === 0) pbx.later(queueLeg, QUEUE_RETRY_MS, offer);
  }

  function ringAgent(agent: Extension): void {
    // Queue members get no Setup of their own (platform.md 4.5).
    const leg = pbx.addParty(queueLeg.call, {
      direction: 'Inbound',
      code: 'Proceeding',
      extensionId: agent.id,
      from: seenInside(pbx.world, waiting),
      to: insideIdentity(agent),
      serves: waiting,
      queueName: queueLeg.to.name ?? '',
      mobilePickup: true,
      ...(waiting.emergencyCallback ? { emergencyCallback: true } : {}),
    });
    const handlers = {
      onAnswer() {
        pbx.end(queueLeg);
        for (const other of agentLegs(queueLeg)) pbx.end(other, 'AgentAnswered');
      },
      onGiveUp(reason: Reason) {
        if (reason !== 'NoAnswer') ignored.add(agent.id);
        pbx.change(leg, { code: 'Disconnected', reason, missedCall: reason === 'NoAnswer' });
        offerAgain();
      },
    };
    // All phones at once: ring groups of a user do not apply to calls of a queue (assumed).
    startRinging(
      pbx,
      leg,
      handlers,
      onlineDevices(pbx.world, agent.id).map((device) => device.id),
    );
  }

  pbx.later(queueLeg, pbx.world.account.ringSeconds * 1000 * QUEUE_PATIENCE, () => {
    for (const leg of agentLegs(queueLeg)) pbx.end(leg, 'NoAnswer');
    toVoicemail(pbx, queueLeg);
  });
  offer();
}

/** Legs of agents that still ring for this queue. */
function agentLegs(queueLeg: Party): Party[] {
  return queueLeg.call.parties.filter(
    (leg) => !isOver(leg) && leg.queueName !== undefined && leg.serves !== undefined,
  );
}

function freeAgents(pbx: Pbx, queueLeg: Party): Extension[] {
  const { callQueues, extensions } = pbx.world;
  const members = callQueues.get(queueLeg.extensionId ?? '')?.members ?? [];
  return members.flatMap((id) => {
    const agent = extensions.get(id);
    return agent !== undefined && takesQueueCalls(agent) && isFree(pbx, id) ? [agent] : [];
  });
}

function takesQueueCalls(agent: Extension): boolean {
  const { dndStatus, acceptCallQueueCalls } = agent;
  const open = dndStatus !== 'DoNotAcceptAnyCalls' && dndStatus !== 'DoNotAcceptDepartmentCalls';
  return open && acceptCallQueueCalls;
}

function isFree(pbx: Pbx, extensionId: string): boolean {
  for (const leg of pbx.legsOf(extensionId)) if (isOnTheLine(leg)) return false;
  return onlineDevices(pbx.world, extensionId).length > 0;
}

import type { Reply } from '../api.ts';
import type { Body } from '../bodies.ts';
import { missing, notAllowed, notFound } from '../errors.ts';
import { insideIdentity } from '../identity.ts';
import { bridgedLegs, type Call, isOver, isPerson, type Party } from '../model.ts';
import { noteReached } from '../reached.ts';
import { startRinging } from '../ringing.ts';
import { checkState } from '../states.ts';
import { restParty } from '../wire.ts';
import type { World } from '../world.ts';
import { mayMonitor, type PartyContext, type SessionContext, usableDevice } from './context.ts';

/** Most participants of a call whose parties can be supervised one by one (platform.md 2.2). */
const MOST_PARTICIPANTS = 2;

/** Lets the caller listen to all sides of an agent's call (platform.md 2.3.24, 10.5). */
export function superviseCallSession(context: SessionContext, body: Body<'superviseCallSession'>): Reply {
  const agentId = agentOf(context.pbx.world, body);
  const agent = context.call.parties.find((party) => party.extensionId === agentId && isPerson(party));
  if (agent === undefined) throw notFound('agentExtensionId', agentId);
  return supervise(context, body, agent);
}

/** Lets the caller listen to one party of an agent's call (platform.md 2.3.16, 10.5). */
export function superviseCallParty(context: PartyContext, body: Body<'superviseCallParty'>): Reply {
  const { call, party } = context;
  const agentId = agentOf(context.pbx.world, body);
  const agent = call.parties.find((candidate) => candidate.extensionId === agentId && isPerson(candidate));
  if (agent === undefined) throw notFound('agentExtensionId', agentId);
  if (bridgedLegs(call).filter(isPerson).length > MOST_PARTICIPANTS) {
    throw notAllowed('more than two participants: supervise the session');
  }
  return supervise(context, body, agent, party);
}

function supervise(
  { pbx, login, call }: SessionContext,
  body: Body<'superviseCallSession'>,
  agent: Party,
  only?: Party,
): Reply {
  const deviceId = body.supervisorDeviceId ?? body.deviceId;
  if (deviceId === undefined) throw missing('supervisorDeviceId');
  if (!mayMonitor(pbx.world, login.id, agent.extensionId)) {
    throw notAllowed('no call monitoring group lets you listen to this extension');
  }
  usableDevice(pbx, deviceId, login.id, 'supervisorDeviceId');
  checkState('superviseCallSession', agent);
  checkSupervisors(call, login.id, deviceId, only);
  const answersItself = body.autoAnswer ?? true;
  const leg = pbx.addParty(call, {
    direction: 'Outbound',
    code: answersItself ? 'Answered' : 'Proceeding',
    ...(answersItself ? { reason: 'Supervising' } : {}),
    extensionId: login.id,
    from: { ...insideIdentity(login), deviceId },
    to: { phoneNumber: agent.direction === 'Inbound' ? agent.to.phoneNumber : agent.from.phoneNumber },
    supervision: { agent, talks: body.mediaSDP === 'sendRecv', ...(only === undefined ? {} : { only }) },
  });
  if (answersItself) noteReached(pbx, leg, 'answers', [deviceId]);
  else startRinging(pbx, leg, { onGiveUp: (reason) => pbx.end(leg, reason) }, [deviceId]);
  return { status: 201, body: restParty(pbx, leg) };
}

/** The extension id of the agent that the body names. Throws CMN-100 without one, CMN-102 for an unknown number. */
function agentOf(world: World, body: Body<'superviseCallSession'>): string {
  if (body.agentExtensionId !== undefined) return body.agentExtensionId;
  const number = body.agentExtensionNumber ?? body.extensionNumber;
  if (number === undefined) throw missing('agentExtensionId');
  const id = world.dialPlan.get(number);
  if (id === undefined) throw notFound('agentExtensionNumber', number);
  return id;
}

/** Throws TAS-106 unless the call has no supervisor, or the caller supervises its other side with the same device. */
function checkSupervisors(call: Call, supervisor: string, deviceId: string, only: Party | undefined): void {
  for (const leg of call.parties) {
    if (leg.supervision === undefined || isOver(leg)) continue;
    if (leg.extensionId !== supervisor) throw notAllowed('somebody supervises this call already');
    if (leg.from.deviceId !== deviceId) throw notAllowed('you supervise this call with another device');
    if (leg.supervision.only === only || only === undefined || leg.supervision.only === undefined) {
      throw notAllowed('you supervise this already');
    }
  }
}

import { ownParty } from '../../calls/store/own-party.ts';
import type { SessionView } from '../../calls/store/views.ts';
import type { Device } from '../../ringcentral/wire/lookups.ts';
import type { Clock } from '../../shared/clock.ts';
import { Failure, isTransient } from '../../shared/failure.ts';
import { type Action, withSteps } from '../action.ts';
import type { AuditedAnswer } from '../audit/entry.ts';
import type { CapCounter } from '../limits/caps.ts';
import type { Decision, PolicyFacts } from '../policy/decide.ts';
import { decideWithSteps } from '../policy/decide.ts';
import { resolvingFor } from '../policy/match.ts';
import type { Policy } from '../policy/policy.ts';
import type { AccountDirectory, CallsPort } from '../ports.ts';
import type { CallSnapshot } from './call-snapshot.ts';
import { isEmergencyCall, isHarmlessInEmergency } from './numbers/emergency.ts';
import type { ConfirmedPhones } from './people/confirmed-phones.ts';
import { trackEmergencyCalls } from './people/emergency-calls.ts';
import { listenerOf, listeningTools } from './people/listeners.ts';
import type { OwnEndings } from './people/own-endings.ts';
import { participantsOn } from './people/participants.ts';
import type { Silences } from './people/silences.ts';
import { policyFactsOf } from './policy-facts.ts';
import { createReadCalls } from './read-calls.ts';
import { inHouseNames } from './targets/account.ts';
import { mustBeUsable, namedDevices } from './targets/devices.ts';
import { resolveTarget } from './targets/resolve-target.ts';

/** What is true of an act at one moment, and what the policy says to it. */
export interface Assessment {
  /** With the risk class and the words that fit what is true now. */
  action: Action;
  snapshot: CallSnapshot;
  facts: PolicyFacts;
  /** The login's phones that the act names. */
  devices: readonly Device[];
  /** `allow` or `ask`. */
  decision: Decision;
  /** The act gives sound back or answers on a call with emergency services: allowed, and no cap counts. */
  helpsEmergency: boolean;
  /** It is on one different call more within a minute than may go without a question, and that was judged. */
  mayExceedCalls: boolean;
}

export interface AssessOptions {
  policy: Policy;
  /** Tools for which the policy's `ask` becomes `allow`; nothing else is lifted by it. */
  allowUnconfirmed: ReadonlySet<string>;
  sandbox: boolean;
  calls: CallsPort;
  directory: AccountDirectory;
  caps: CapCounter;
  silences: Silences;
  ownEndings: OwnEndings;
  phones: ConfirmedPhones;
  clock: Clock;
}

/**
 * First step of the guard: reads what the act touches and judges it by these readings alone.
 * @param trail gets the rule that decided
 * @param anew reads a conference's participants even if they were read a moment ago
 * @throws Failure what no yes could let through (`denied`, `wrong_state`, `invalid_input`, `not_found`), and what
 * keeps the call from being read
 */
export type Assess = (
  action: Action,
  signal: AbortSignal,
  trail: AuditedAnswer,
  anew: boolean,
) => Promise<Assessment>;

const unhold = 'unhold_call_party';

export function createAssess(options: AssessOptions): Assess {
  const { policy, allowUnconfirmed, sandbox, calls, directory, caps, silences, ownEndings, phones, clock } =
    options;
  const readCalls = createReadCalls(calls, clock);
  const resolving = resolvingFor(policy);
  /** Names of the in-house emergency extensions, as read for the last act; before that, what the policy says. */
  let inHouse: ReadonlySet<string> = new Set(policy.emergency.map(({ extension }) => extension));
  const isEmergency = (call: SessionView) => isEmergencyCall(call, inHouse);
  const emergencyCalls = trackEmergencyCalls(calls, directory, clock, isEmergency);

  /**
   * The calls of the act as they were read. Where the call cannot be read for want of requests or of an answer, an
   * emergency call that the call store has may stand for it, but only for an act that gives sound back or answers.
   */
  async function readOrRemember(action: Action, signal: AbortSignal, anew: boolean): Promise<CallSnapshot> {
    try {
      return await readCalls(action, signal, anew);
    } catch (error) {
      const call = action.telephonySessionId && calls.call(action.telephonySessionId);
      if (!isTransient(error) || !call || !isEmergency(call) || !isHarmlessInEmergency(action)) throw error;
      return {
        call,
        conferences: [],
        conferenceParticipants: [],
        at: clock.now(),
        participantsAt: clock.now(),
      };
    }
  }

  /** Throws `denied` for what neither the policy nor a person can let through. */
  async function refuse(action: Action, snapshot: CallSnapshot, isInEmergency: boolean): Promise<void> {
    if (isInEmergency && !isHarmlessInEmergency(action)) {
      throw new Failure(
        'denied',
        'Emergency services are on this call: an agent may only read, answer, unmute and unhold. Whatever else is ' +
          'needed: use your phone now.',
      );
    }
    if (await emergencyCalls.mayBeCallBack(action, snapshot)) {
      throw new Failure(
        'denied',
        'There was an emergency call on this line within the last hour, and this may be emergency services calling ' +
          'back, whatever number is shown: it is not sent away. Answer it, or use your phone now.',
        { next: ['answer_call_party'] },
      );
    }
    const listener =
      action.risk === 'redirect' || action.risk === 'plan' ? listenerOf(action, snapshot) : undefined;
    if (listener) {
      throw new Failure(
        'denied',
        'This leg listens in on a call, which a person allowed for its own phone: it is not sent on, nor connected with ' +
          'others. End it with delete_call_party, or leave it as it is.',
        { next: [{ tool: 'delete_call_party', arguments: { ...listener }, why: 'stops listening' }] },
      );
    }
    if (listeningTools.has(action.tool) && !sandbox && policy.supervision !== 'notified') {
      throw new Failure(
        'denied',
        'Listening in is off. Whoever runs this server may put "supervision: notified" into a policy file (--policy) ' +
          'once everybody concerned knows that calls are listened to, as the law asks.',
      );
    }
  }

  return async (given, signal, trail, anew) => {
    const began = clock.now();
    const targets = await Promise.all(
      given.targets.map((target) => resolveTarget(target, directory, resolving)),
    );
    const ownDevices = given.deviceIds.length > 0 ? await directory.devices() : [];
    const devices = namedDevices(given, ownDevices);
    inHouse = await inHouseNames(policy.emergency, directory);
    for (const one of withSteps(given)) await caps.refresh(one, signal);
    const seen = await readOrRemember(given, signal, anew);
    const snapshot = isReadNow(given) ? { ...seen, at: Math.min(seen.at, began) } : seen;
    const isAnybodyUnknown = hasUnknownParticipants(snapshot);
    const isSeen = everyCall(snapshot).some(isEmergency);
    if (isSeen) emergencyCalls.note(everyCall(snapshot));
    const isInEmergency = isSeen || (isAnybodyUnknown && (await emergencyCalls.wereRecent()));
    await refuse(given, snapshot, isInEmergency);
    const action = await asTrueNow(given, snapshot);
    const restless = await caps.tooManyCalls(action);
    const unusual = [
      ...targets.flatMap((target) => target.unusual ?? []),
      // A yes to a plan is one to its taking people back, and to as many acts as it has.
      !action.mandate?.isConfirmed && (await silences.reason(action, snapshot.call)),
      ...(await heldByOthers(action, snapshot)),
      await phones.reason(action, devices, ownDevices),
      isAnybodyUnknown && 'it is not known who was brought in',
      !action.mandate?.isConfirmed &&
        restless &&
        `more than ${policy.caps.calls} different calls within a minute`,
    ].filter((reason) => typeof reason === 'string');
    const facts = policyFactsOf(action, snapshot, targets, unusual);
    const mayExceedCalls = restless || action.mandate?.isConfirmed === true;
    const shared = { action, snapshot, facts, devices, mayExceedCalls };
    if (isInEmergency) {
      trail.rule = 'an emergency call is helped';
      return {
        ...shared,
        decision: { verdict: 'allow', rule: trail.rule },
        helpsEmergency: true,
      };
    }
    action.mandate?.check(action, snapshot, targets);
    const decision = lift(decideWithSteps(policy, action, facts), action, facts);
    trail.rule = decision.rule;
    if (decision.verdict === 'deny') {
      throw new Failure('denied', `The policy does not let agents do this (${decision.rule}).`);
    }
    const unmetPrecondition = snapshot.call && action.unmetPrecondition?.(snapshot.call, targets);
    if (unmetPrecondition) throw unmetPrecondition;
    mustBeUsable(devices);
    return { ...shared, decision, helpsEmergency: false };
  };

  /** Of a plan that takes people back: why a person is asked before it does so with those who are on hold already. */
  async function heldByOthers(action: Action, { call, other }: CallSnapshot): Promise<string[]> {
    if (!action.steps?.some(({ tool }) => tool === unhold)) return [];
    const reasons = [call, other].map((one) => {
      const own = ownParty(one);
      if (!one || own?.status.code !== 'Hold') return undefined;
      const taking = { ...action, tool: unhold, telephonySessionId: one.id, partyId: own.id };
      return silences.reason(taking, one);
    });
    return [...new Set((await Promise.all(reasons)).filter((reason) => reason !== undefined))];
  }

  /** The act as `end-own`, with lighter words, where on these readings it is that. */
  async function asTrueNow(action: Action, snapshot: CallSnapshot): Promise<Action> {
    const effect = await ownEndings.effectOf(action, snapshot);
    if (effect) return { ...action, risk: 'end-own', effect };
    // A plan ends a call as its own, or not at all.
    if (!action.isAnnounced && !(action.mandate && action.risk === 'destructive')) return action;
    throw new Failure(
      'wrong_state',
      'Somebody has answered, or may have: the call goes on. Nothing was done.',
    );
  }

  /**
   * The decision after `--allow-unconfirmed`: for its tools `ask` becomes `allow`, unless something is unusual. What
   * the call-out announced is not asked again.
   */
  function lift(decision: Decision, action: Action, { unusual = [] }: PolicyFacts): Decision {
    if (decision.verdict === 'ask' && action.isAnnounced) {
      return { verdict: 'allow', rule: 'announced when the call was placed' };
    }
    const { mandate, risk } = action;
    if (
      decision.verdict === 'ask' &&
      mandate?.isConfirmed &&
      risk !== 'destructive' &&
      unusual.every(mandate.knows)
    ) {
      return { verdict: 'allow', rule: 'a step of a plan that was let through' };
    }
    return decision.verdict === 'ask' && unusual.length === 0 && allowUnconfirmed.has(action.tool)
      ? { verdict: 'allow', rule: `allow-unconfirmed ${action.tool}`, isLifted: true }
      : decision;
  }
}

/** Whether targets or phones were read for this act: then these readings age like those of the calls. */
const isReadNow = ({ targets, deviceIds }: Action): boolean =>
  deviceIds.length > 0 || targets.some(({ kind }) => kind === 'callFlipId');

/** Whether somebody is in a conference, or is joining one, of whom no call says who it is. */
const hasUnknownParticipants = ({
  call,
  other,
  conferences,
  conferenceParticipants,
}: CallSnapshot): boolean =>
  conferenceParticipants.some((participant) => participant.call === undefined) ||
  [call, other, ...conferences].some((one) => one && participantsOn(one).some(({ broughtIn }) => broughtIn));

const everyCall = ({ call, other, conferences, conferenceParticipants }: CallSnapshot) =>
  [call, other, ...conferences, ...conferenceParticipants.map((participant) => participant.call)].filter(
    (one) => one !== undefined,
  );

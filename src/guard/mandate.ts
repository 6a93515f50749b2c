import { isConference } from '../ringcentral/wire/session.ts';
import type { Clock } from '../shared/clock.ts';
import { Failure } from '../shared/failure.ts';
import type { Mandate } from './action.ts';
import type { Assessment } from './assessment/assess.ts';
import type { CallSnapshot } from './assessment/call-snapshot.ts';
import { callRoster } from './assessment/fingerprint.ts';
import { participantsOn } from './assessment/people/participants.ts';

type Call = NonNullable<CallSnapshot['call']>;

/** How long, in ms, a yes to a plan lasts. */
export const PLAN_MS = 3 * 60_000;

/**
 * What the assessment of a plan, and the yes to it, let its acts do: each is one of its steps, on its calls or on those
 * that its acts made, with its targets and phones, and with the people whom the question named.
 */
export function createMandate(
  { action: plan, snapshot, facts }: Assessment,
  { act, isConfirmed, clock }: { act: string; isConfirmed: boolean; clock: Clock },
): Mandate {
  const began = clock.now();
  const steps = new Set(plan.steps?.map(({ tool }) => tool));
  const rosters = new Map(
    [snapshot.call, snapshot.other].flatMap((call) => (call ? [[call.id, callRoster(call)]] : [])),
  );
  const adopted = new Set<string>();
  const isPlans = (id: string | undefined) => id === undefined || rosters.has(id) || adopted.has(id);
  const targets = new Set(facts.targets.map(({ identity }) => identity));
  const extensions = new Set(facts.targets.map(({ extensionId }) => extensionId));

  /** Whether those who talk on a call that the plan made are you, its target, and who was on its calls. */
  const hasOnlyExpected = (call: Call, { conferenceParticipants }: CallSnapshot): boolean =>
    isConference(call)
      ? participantsOn(call).every(
          ({ you, broughtIn, extensionId }) => broughtIn || you || isYours(extensionId),
        ) &&
        conferenceParticipants.every(
          ({ call: theirs }) => theirs && isPlans(theirs.id) && hasSameOthers(theirs),
        )
      : participantsOn(call).every(({ you, extensionId }) => you || extensions.has(extensionId));
  /** Of a call that was brought in: you have left it, the others are those of the question. */
  const hasSameOthers = (theirs: Call): boolean =>
    [snapshot.call, snapshot.other].every(
      (before) => before?.id !== theirs.id || othersOn(before) === othersOn(theirs),
    );
  const isYours = (extensionId: string | undefined): boolean =>
    extensionId !== undefined && extensionId === yourExtension(snapshot.call);

  return {
    act,
    isConfirmed,
    knows: (reason) => facts.unusual?.includes(reason) === true,
    adopt: (id) => void adopted.add(id),
    check(action, reading, resolved) {
      if (Math.abs(clock.now() - began) > PLAN_MS) throw over();
      const isNamed =
        steps.has(action.tool) &&
        action.principal === plan.principal &&
        [action.telephonySessionId, action.other?.telephonySessionId].every(isPlans) &&
        resolved.every(({ identity }) => targets.has(identity)) &&
        action.deviceIds.every((id) => plan.deviceIds.includes(id));
      if (!isNamed)
        throw new Failure('denied', 'This is not an act that the yes to the plan is for. Nothing was done.');
      // What nobody has answered is ended whoever it rings at.
      if (action.risk === 'end-own') return;
      for (const call of [reading.call, reading.other]) {
        if (!call) continue;
        const roster = rosters.get(call.id);
        const isExpected =
          roster === undefined ? hasOnlyExpected(call, reading) : roster === callRoster(call);
        if (!isExpected) throw changed();
      }
    },
  };
}

const othersOn = (call: Call): string =>
  participantsOn(call)
    .filter(({ you }) => !you)
    .map(({ extensionId, phoneNumber }) => extensionId ?? phoneNumber)
    .sort()
    .join();

const yourExtension = (call: Call | undefined): string | undefined =>
  call?.parties.find(({ id }) => id === call.yourPartyId)?.extensionId;

const over = () =>
  new Failure('wrong_state', 'The yes to this plan was for three minutes, which are over. Nothing was done.');

const changed = () =>
  new Failure(
    'wrong_state',
    'Other people are on the call than when the person said yes, or than the step before left. Nothing was done.',
    { next: ['read_call_session_status'] },
  );

import fc from 'fast-check';
import {
  ACT_NAMES,
  type ActName,
  ApiError,
  OPERATION_NAMES,
  type OperationName,
  type PartyState,
} from '../../src/engine/api.ts';
import { type PartyOperation, STATE_RULES } from '../../src/engine/states.ts';
import { DESK_101, DESK_102, DESK_103, MAIN, OUTSIDE, type Sandbox } from './harness.ts';

/** Anything anybody can do. The numbers pick calls, parties and targets among those there are. */
export type Command =
  | { do: 'place'; from: number; to: number }
  | { do: 'act'; act: ActName; party: number; target: number; fits: boolean }
  | { do: 'operate'; operation: OperationName; party: number; target: number; other: number; fits: boolean }
  | { do: 'wait'; ms: number }
  | { do: 'drop'; party: number };

const ENDS = [
  '101',
  '101',
  '102',
  '103',
  '104',
  OUTSIDE,
  OUTSIDE,
  MAIN,
  '200',
  '300',
  '*801',
  '+16505550199',
];
const index = fc.nat({ max: 100 });
/** Mostly where it makes sense: anywhere else is refused, and only refusals would be tested. */
const fits = fc.integer({ min: 0, max: 9 }).map((dice) => dice > 0);

export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('place' as const), from: index, to: index }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('act' as const),
      act: fc.constantFrom<ActName[]>('answer', 'answer', 'answer', 'join', ...ACT_NAMES),
      party: index,
      target: index,
      fits,
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('operate' as const),
      operation: fc.constantFrom<OperationName[]>('createCallPartyWithBringIn', ...OPERATION_NAMES),
      party: index,
      target: index,
      other: index,
      fits,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.oneof(fc.nat({ max: 1000 }), fc.constant(1000), fc.nat({ max: 15_000 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop' as const), party: index }) },
);

interface Leg {
  call: string;
  conference: boolean;
  party: PartyState;
}

/** Does a command. Refusals are part of life; anything else that is thrown is a bug. Returns whether it worked. */
export function run(sandbox: Sandbox, step: Command): boolean {
  try {
    perform(sandbox, step);
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

function perform(sandbox: Sandbox, step: Command): void {
  const { engine } = sandbox;
  if (step.do === 'wait') sandbox.clock.advance(step.ms);
  else if (step.do === 'place') sandbox.call(at(ENDS, step.from), at(ENDS, step.to));
  else {
    const all = legs(sandbox);
    const chosen = pick(all, step.do === 'drop' || !step.fits ? () => true : fitting(step), step.party);
    if (chosen === undefined) throw new ApiError(404, 'none', 'nothing there');
    if (step.do === 'drop') engine.dropCall(chosen.call);
    else if (step.do === 'act') {
      engine.act(chosen.call, chosen.party.id, step.act, { digits: '102', ...destination(step.target) });
    } else operate(sandbox, step, chosen, all);
  }
}

function legs(sandbox: Sandbox): Leg[] {
  return sandbox.engine.state().calls.flatMap(({ telephonySessionId: call, origin, parties }) => {
    const conference = origin.type === 'Conference';
    const waiting: PartyState = { ...NOBODY, id: '~' };
    return (parties.length === 0 ? [waiting] : parties).map((party) => ({ call, conference, party }));
  });
}

const NOBODY: PartyState = {
  id: '~',
  status: { code: 'none' },
  phone: { held: false, muted: false },
  api: { held: false, muted: false },
  hears: [],
  rings: [],
};

function fitting(step: Extract<Command, { do: 'act' | 'operate' }>): (leg: Leg) => boolean {
  if (step.do === 'act') {
    if (step.act === 'join') return ({ conference }) => conference;
    const ringing = ['answer', 'decline', 'busy', 'voicemail'].includes(step.act);
    return ({ party }) => (ringing ? ['Proceeding'] : ['Answered', 'Hold']).includes(party.status.code);
  }
  if (step.operation === 'createCallPartyWithBringIn') {
    return ({ party }) => party.conferenceRole === 'Host' && party.status.code === 'Answered';
  }
  if (step.operation === 'pauseResumeCallRecording') return ({ party }) => party.recordings !== undefined;
  const rule = Object.hasOwn(STATE_RULES, step.operation)
    ? STATE_RULES[step.operation as PartyOperation]
    : undefined;
  return ({ party }) => {
    if (rule === undefined) return true;
    const inState = Object.hasOwn(rule.states, party.status.code);
    return inState && (rule.whose === 'any' || party.extensionId !== undefined);
  };
}

function operate(
  { engine, ext }: Sandbox,
  step: Extract<Command, { do: 'operate' }>,
  { call, party }: Leg,
  all: Leg[],
): void {
  const { operation, target } = step;
  const number = (extensionNumber: string) =>
    engine.world.dialPlan.get(extensionNumber) ?? ext(extensionNumber);
  const connected = (leg: Leg) =>
    ['Answered', 'Hold'].includes(leg.party.status.code) &&
    (step.fits && step.operation === 'bridgeCallParty'
      ? leg.party.extensionId === party.extensionId
      : leg.party.extensionId !== undefined) &&
    leg.call !== call &&
    !leg.conference;
  const other = pick(all, connected, step.other);
  const recording = (party.recordings as { id: string }[] | undefined)?.[0];
  // Mostly whose party it is: anybody else is refused.
  const anybody = number(at(['101', '101', '101', '102'], step.other));
  const isOwn = step.fits && DESKS.has(party.extensionId as string);
  const extensionId = isOwn ? (party.extensionId as string) : anybody;
  const body = {
    ...(operation === 'createCallOutCallSession'
      ? { from: { deviceId: DESK_101 }, to: destination(target) }
      : destination(target)),
    deviceId: DESKS.get(extensionId) ?? DESK_101,
    callFlipId: at(['1', '2'], target),
    replyWithText: 'later',
    muted: target % 2 === 0,
    active: target % 2 === 0,
    mode: 'Listen',
    supervisorDeviceId: DESK_101,
    agentExtensionId: number(at(['102', '103'], target)),
    telephonySessionId: other?.call ?? call,
    sessionId: other?.call ?? call,
    partyId: other?.party.id ?? party.id,
    keepConferenceAlive: target % 2 === 0,
  };
  const path = { telephonySessionId: call, partyId: party.id, recordingId: recording?.id ?? '1' };
  engine.operate(operation, { accountId: engine.world.account.id, extensionId }, path, body);
}

const DESKS: ReadonlyMap<string, string> = new Map([
  ['37439510', DESK_101],
  ['37439511', DESK_102],
  ['37439512', DESK_103],
]);

function destination(target: number) {
  const end = at(ENDS, target);
  return end.length === 3 ? { extensionNumber: end } : { phoneNumber: end };
}

function pick(all: Leg[], fit: (leg: Leg) => boolean, position: number): Leg | undefined {
  const candidates = all.filter(fit);
  return candidates.length === 0 ? undefined : at(candidates, position);
}

function at<T>(items: readonly T[], position: number): T {
  const item = items[position % items.length];
  if (item === undefined) throw new RangeError('empty');
  return item;
}

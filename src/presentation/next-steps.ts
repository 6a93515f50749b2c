import { isOwn } from '../calls/store/own-party.ts';
import type { CallOutline, SessionView } from '../calls/store/views.ts';
import { hasLeft, isConference } from '../ringcentral/wire/session.ts';
import type { NextStep } from '../shared/next-step.ts';
import { ownLeg, type Place, placeIn } from './call-place.ts';
import { holdsFirst } from './holds-first.ts';
import {
  changes,
  from,
  type Known,
  list,
  type Offer,
  ofCall,
  placeCall,
  read,
  type Situation,
  type UsedTool,
} from './next-step-offers.ts';
import { type PairRow, pairRows } from './next-step-pairs.ts';
import { stepsOf } from './next-step-words.ts';
import { emptyConference, forOthers, inConference, stateOf } from './party-states.ts';

/** The wait for what a tool does, where nothing has shown yet that it happened. Not here: anything on its call. */
const effects: Readonly<Record<string, string>> = {
  answer_call_party: 'Answered',
  create_call_out_call_session: 'Answered',
  supervise_call_session: 'Answered',
  supervise_call_party: 'Answered',
  pickup_call_party: 'Answered',
  create_call_party_with_bring_in: 'Answered',
  transfer_call_party: 'left',
  forward_call_party: 'left',
  call_flip_party: 'left',
  bridge_call_party: 'left',
  reject_party: 'left',
  ignore_call_in_queue: 'left',
  reply_party: 'left',
  delete_call_party: 'left',
  hold_call_party: 'Hold',
};
/** Why to wait for it, where the act may have to be repeated. */
const untilThen: Readonly<Record<string, string>> = {
  reject_party: 'tells when it rings at none of your phones; to stop the next one, reject it again',
};
/** Tools whose effect shows at the party that is named, or that the act made. */
const atParty: ReadonlySet<string> = new Set([
  'supervise_call_session',
  'supervise_call_party',
  'pickup_call_party',
  'create_call_party_with_bring_in',
  'delete_call_party',
  // Your party is the other phone's leg once this one has left.
  'call_flip_party',
]);

/**
 * What makes sense now, with its arguments, best first. The tool that was just used is not among it, unless it is about
 * something else: another call, the way back, or to wait on after the time was up.
 * @param isOffered whether this client has the tool, and it would not be refused
 */
export function nextSteps(situation: Situation, isOffered: (step: NextStep) => boolean): NextStep[] {
  const { call } = situation;
  if (call === undefined) return stepsWithoutCall(situation).filter(isOffered);
  const known: Told = { ...situation, call };
  const isAdvisable = (step: NextStep) => isOffered(step) && !isRepetition(step, situation.used);
  const yours = [call, ...(situation.others ?? [])];
  const steps = holdsFirst(stepsFor(known).filter(isAdvisable), yours).filter(isAdvisable);
  return steps.length > 0 ? steps : build([changes, read], known).filter(isAdvisable);
}

/** A situation with the call that is told of, in full. */
interface Told extends Known {
  call: SessionView;
}

function stepsFor(known: Told): NextStep[] {
  const { call, party, used } = known;
  if (used?.isPending) return [effectOf(used, known)];
  if (party === undefined)
    return build(isConference(call) && !call.over ? emptyConference : call.over ? [list] : [read], known);
  if (call.memberOf?.state === 'joined' && hasLeft(party)) return build(inConference, known);
  // Of a conference that you host, every party can be told of: what you can do is the host's.
  const host = placeIn(call) === 'hosting' ? ownLeg(call) : undefined;
  const isYours = host !== undefined || isOwn(call, party);
  const paired = isYours ? stepsOfPair(known) : [];
  if (paired.length > 0) return paired;
  if (call.over) return build([list], known);
  const { next } = stateOf(call, host ?? party);
  return build(isYours ? next : next.filter(({ tool }) => forOthers.has(tool)), known);
}

/** The first row for which there are second calls enough. */
function stepsOfPair(known: Known): NextStep[] {
  const here = placeIn(known.call, known.used);
  if (here === undefined) return [];
  const others = (known.others ?? []).map((call) => ({ call, place: placeIn(call) ?? 'left' }));
  if (others.length === 0) return [];
  const counts = new Map<Place, number>();
  for (const { place } of others) counts.set(place, (counts.get(place) ?? 0) + 1);
  const countOf = ({ there }: PairRow) => there.reduce((sum, place) => sum + (counts.get(place) ?? 0), 0);
  const row = pairRows.find((one) => one.here.includes(here) && countOf(one) >= (one.atLeast ?? 1));
  if (row === undefined) return [];
  const seconds = others.filter(({ place }) => row.there.includes(place)).slice(0, mostSeconds);
  const withSecond = ({ call }: { call: CallOutline }) => ({ ...known, second: call });
  return [
    ...seconds.slice(0, 1).flatMap((one) => build(row.next ?? [], withSecond(one))),
    ...seconds.flatMap((one) => build(row.each ? [row.each] : [], withSecond(one))),
  ];
}

/** Of so many other calls a step is given. */
const mostSeconds = 3;

const build = (next: readonly Offer[], known: Known): NextStep[] =>
  next.flatMap((offer) => {
    const { with: argumentsOf = ofCall } = offer;
    const args = argumentsOf(known);
    return args === undefined ? [] : stepsOf(offer, args, known);
  });

function effectOf({ tool }: UsedTool, known: Known): NextStep {
  const { call, party } = known;
  const isAtParty = atParty.has(tool) && party !== undefined;
  return {
    tool: 'wait_for_call_event',
    arguments: {
      telephonySessionId: call.id,
      ...(isAtParty && { partyId: party.id }),
      ...(effects[tool] !== undefined && { until: effects[tool] }),
      ...from(known),
    },
    why: untilThen[tool] ?? 'tells when it has happened; do not repeat the act before',
  };
}

function stepsWithoutCall(situation: Situation): NextStep[] {
  const { choices } = situation;
  if (choices) return stepsOf(placeCall, {}, situation);
  const step = (tool: string, why: string, args = {}) => ({ tool, arguments: args, why });
  return [
    step('wait_for_call_event', 'tells when a call comes', from(situation)),
    ...stepsOf(placeCall, {}, situation),
    step('list_monitored_extensions', 'shows whose calls you may listen to'),
  ];
}

/** Whether this is what was just done. Waiting on, once the time was up, is not. */
function isRepetition({ tool, arguments: args }: NextStep, used: UsedTool | undefined): boolean {
  if (used?.tool !== tool || used.timedOut) return false;
  return Object.entries(args).every(([name, value]) => name === 'after' || used.args[name] === value);
}

/**
 * The advised steps as a line; empty where there are none.
 * @param handleOf the short name of a call, in the place of its id, which a model copies with more mistakes
 */
export function formatNext(
  next: readonly NextStep[],
  handleOf: (telephonySessionId: string) => string | undefined,
): string {
  const shortened = (name: string, value: unknown) =>
    name.toLowerCase().endsWith('telephonysessionid') && typeof value === 'string'
      ? (handleOf(value) ?? value)
      : value;
  const steps = next.map(
    ({ tool, arguments: args, why }) => `${tool} ${JSON.stringify(args, shortened)} (${why})`,
  );
  return steps.length === 0 ? '' : `Next: ${steps.join('; ')}`;
}

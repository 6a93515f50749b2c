import { ownParty } from '../calls/store/own-party.ts';
import { isBeingRecorded } from '../calls/store/party.ts';
import type { SessionView } from '../calls/store/views.ts';
import {
  type CallParty,
  hasLeft,
  hasRecording,
  isBroughtIn,
  isConference,
  isQueueCall,
} from '../ringcentral/wire/session.ts';
import type { NextStep } from '../shared/next-step.ts';
import { otherNumber, presentNumber } from './views.ts';

/** The tool whose result is told, and what came of it. */
export interface UsedTool {
  tool: string;
  args: Readonly<Record<string, unknown>>;
  /** The platform took the request, and nothing has shown yet that it happened. */
  isPending?: boolean;
  /** A wait that ran out of time. */
  timedOut?: boolean;
}

/** What advice is given on. */
export interface Situation {
  call: SessionView | undefined;
  /** The party that is told of. */
  party: CallParty | undefined;
  /** The other live calls of the login, which it has not left. */
  others?: readonly SessionView[];
  used?: UsedTool | undefined;
  /** From which a wait goes on. */
  cursor?: number;
}

/** A situation in which a call, and where a row is about two the second one, are known. */
interface Known extends Situation {
  call: SessionView;
  second?: SessionView | undefined;
}

/** A tool to advise. In `why`, `{them}` is the other side of the call, `{second}` that of the second one. */
interface Offer {
  tool: string;
  why: string;
  /** Its arguments; the call's id where absent. Undefined: it is not offered. */
  with?: (situation: Known) => Record<string, unknown> | undefined;
}

const ringing = ['Setup', 'Proceeding'];
const machines = ['VoiceMail', 'VoiceMailScreening', 'FaxReceive'];
const live = [...ringing, 'Answered', 'Hold'];
const isInbound = ({ direction }: CallParty) => direction === 'Inbound';

/** Whether the party placed the call, and all others that are still on it are in one of these states. */
const othersAre =
  (codes: readonly string[]) =>
  (party: CallParty, call: SessionView | undefined): boolean => {
    const others = call?.parties.filter(({ id }) => id !== party.id).filter((other) => !hasLeft(other)) ?? [];
    return (
      !isInbound(party) && others.length > 0 && others.every(({ status }) => codes.includes(status.code))
    );
  };

const ofCall = ({ call }: Known) => ({ telephonySessionId: call.id });
const ofParty = ({ call, party }: Known) => party && { telephonySessionId: call.id, partyId: party.id };
const ofSecond = ({ second }: Known) => second && { telephonySessionId: second.id };
const bothCalls = ({ call, second }: Known) =>
  second && { telephonySessionId: call.id, targetTelephonySessionId: second.id };
const bothFromSecond = ({ call, second }: Known) =>
  second && { telephonySessionId: second.id, targetTelephonySessionId: call.id };
const nothing = () => ({});

const from = ({ cursor }: Situation) => (cursor === undefined ? {} : { after: cursor });
/** Until `state` of the call, or of anything on it. */
const until = (state?: string) => (situation: Known) => ({
  telephonySessionId: situation.call.id,
  ...(state !== undefined && { until: state }),
  ...from(situation),
});

const answered: Offer = {
  tool: 'wait_for_call_event',
  why: 'tells when {them} answers',
  with: until('Answered'),
};
const changes: Offer = { tool: 'wait_for_call_event', why: 'tells what happens on it', with: until() };
const list: Offer = { tool: 'list_active_calls', why: 'shows what calls there are', with: nothing };
const read: Offer = { tool: 'read_call_session_status', why: 'shows who is on it' };
const answer: Offer = { tool: 'answer_call_party', why: 'you talk with {them}' };
const forward: Offer = {
  tool: 'forward_call_party',
  why: 'rings at a colleague instead: add extensionNumber, or voicemail',
};
const hold: Offer = { tool: 'hold_call_party', why: '{them} hears music, not you' };
const unhold: Offer = { tool: 'unhold_call_party', why: 'you and {them} talk again' };
const transfer: Offer = {
  tool: 'transfer_call_party',
  why: 'hands {them} to a colleague: add extensionNumber',
};
const callColleague: Offer = {
  tool: 'create_call_out_call_session',
  why: 'asks a colleague while {them} waits: add toExtensionNumber',
  with: nothing,
};
const mute: Offer = {
  tool: 'update_call_party',
  why: 'mutes or unmutes your microphone',
  with: ({ call, party }) => ({ telephonySessionId: call.id, muted: party?.muted !== true }),
};
const pauseOrResume: Offer = {
  tool: 'pause_resume_call_recording',
  why: 'pauses the recording, or goes on with it',
  with({ call, party }) {
    const [recording] = party?.recordings ?? [];
    const active = !isBeingRecorded(party?.recordings);
    return recording && { telephonySessionId: call.id, recordingId: recording.id, active };
  },
};
const park: Offer = {
  tool: 'call_park_party',
  why: 'lets anybody in the company take {them}',
  with: ({ call, party }) => (party && isInbound(party) ? { telephonySessionId: call.id } : undefined),
};
const flip: Offer = {
  tool: 'call_flip_party',
  why: 'moves you to another phone of yours: add callFlipId',
};
const record: Offer = { tool: 'start_call_recording', why: 'records it, after a yes' };
const pickup: Offer = { tool: 'pickup_call_party', why: 'you talk with the parked caller', with: ofParty };

/** What a party is doing, in words, and what makes sense now: for `next` in results, and for refusals. */
interface State {
  /** The end of a sentence that begins "p-1 is Answered: ". */
  means: string;
  next: readonly Offer[];
}

interface Row extends State {
  /** Party status codes. */
  codes: readonly string[];
  /** What else must hold. */
  when?: (party: CallParty, call: SessionView | undefined) => boolean;
}

/** What can be done in which state (platform.md 2.2). The first row that fits counts. */
const rows: readonly Row[] = [
  {
    codes: ringing,
    when: ({ status }) => status.reason === 'CallReplied',
    means: 'the caller hears your message',
    next: [changes],
  },
  {
    codes: [...live, 'Gone'],
    when: (party) => (hasLeft(party) ? isBroughtIn(party) : party.conferenceRole === 'Participant'),
    means: 'in the conference',
    next: [changes],
  },
  {
    codes: ringing,
    when: (party) => isInbound(party) && isQueueCall(party),
    means: 'ringing from a call queue',
    next: [answer, { tool: 'ignore_call_in_queue', why: 'the queue offers it to the next agent' }, forward],
  },
  {
    codes: ringing,
    when: isInbound,
    means: 'ringing',
    next: [answer, forward, { tool: 'reject_party', why: 'it stops ringing here and goes on to voicemail' }],
  },
  { codes: ringing, means: 'still being connected', next: [answered] },
  {
    codes: ['Answered'],
    when: ({ status }) => status.reason === 'Supervising',
    means: 'listening in',
    next: [changes, { tool: 'delete_call_party', why: 'stops listening', with: ofParty }],
  },
  {
    codes: ['Answered'],
    when: ({ conferenceRole }) => conferenceRole === 'Host',
    means: 'hosting the conference',
    next: [
      { ...callColleague, why: 'calls whom you want in it: add a number, then bring that call in' },
      mute,
    ],
  },
  {
    codes: ['Answered'],
    when: othersAre(ringing),
    means: 'on the line, but the other side still rings',
    next: [answered],
  },
  {
    codes: ['Answered'],
    when: othersAre(machines),
    means: 'on the line with a machine: nobody has answered',
    next: [{ tool: 'delete_call_session', why: 'ends it: {them} did not answer' }],
  },
  {
    codes: ['Answered'],
    when: hasRecording,
    means: 'on the call, which has a recording',
    next: [pauseOrResume, hold, transfer, park, flip, mute],
  },
  { codes: ['Answered'], means: 'on the call', next: [hold, transfer, park, flip, record, mute] },
  { codes: ['Hold'], means: 'holding the call', next: [callColleague, unhold, transfer] },
  { codes: ['Parked'], means: 'parked', next: [pickup, changes] },
  { codes: ['VoiceMail', 'VoiceMailScreening'], means: 'in voicemail', next: [changes] },
  { codes: ['FaxReceive'], means: 'receiving a fax', next: [changes] },
  { codes: ['Disconnected', 'Gone'], means: 'no longer on the call', next: [answered] },
];

const unknown: State = { means: 'a state not known here', next: [read] };
const emptyConference: readonly Offer[] = [
  { tool: 'wait_for_call_event', why: 'tells when your phone has joined as host', with: until('Answered') },
];
/** For a call that was brought into a conference: actions belong to the conference. */
const inConference: readonly Offer[] = [
  {
    tool: 'read_call_session_status',
    why: 'shows the conference that it is in',
    with: ({ call }) => call.memberOf && { telephonySessionId: call.memberOf.telephonySessionId },
  },
];
/** The tools that make sense on other people's parties. */
const forOthers: ReadonlySet<string> = new Set(['wait_for_call_event', 'pickup_call_party']);

/** What your own leg of a call is doing; `consulting`: talking on a call that you placed. */
type Place = 'ringing' | 'calling' | 'unanswered' | 'talking' | 'consulting' | 'held' | 'hosting' | 'left';

/** Advice where two calls are live: your place in the call that is told of, and in the second one. */
interface PairRow {
  here: readonly Place[];
  there: readonly Place[];
  next: readonly Offer[];
}

const holdSecond: Offer = { ...hold, why: '{second} hears music meanwhile', with: ofSecond };
const unholdSecond: Offer = { ...unhold, why: 'then take {second} back', with: ofSecond };
const endThis: Offer = { tool: 'delete_call_session', why: '{them} did not answer: end it' };

/** The first row that fits counts. */
const pairRows: readonly PairRow[] = [
  {
    here: ['ringing'],
    there: ['talking', 'consulting'],
    next: [holdSecond, { ...answer, why: 'then talk with {them}' }],
  },
  {
    here: ['talking', 'consulting'],
    there: ['ringing'],
    next: [hold, { ...answer, why: 'then talk with {second}', with: ofSecond }],
  },
  {
    here: ['held'],
    there: ['ringing'],
    next: [{ ...answer, why: 'you talk with {second}', with: ofSecond }],
  },
  { here: ['unanswered'], there: ['held'], next: [endThis, unholdSecond] },
  {
    here: ['held'],
    there: ['unanswered'],
    next: [
      { ...endThis, why: '{second} did not answer: end it', with: ofSecond },
      { ...unhold, why: 'then take {them} back' },
    ],
  },
  {
    here: ['held'],
    there: ['calling'],
    next: [
      {
        ...answered,
        why: 'tells when {second} answers',
        with: (situation) => situation.second && until('Answered')({ ...situation, call: situation.second }),
      },
    ],
  },
  {
    here: ['held'],
    there: ['consulting'],
    next: [
      { tool: 'bridge_call_party', why: 'connects {them} with {second}; you drop out', with: bothCalls },
      { ...holdSecond, why: 'before you take {them} back' },
    ],
  },
  {
    here: ['consulting'],
    there: ['held'],
    next: [
      {
        tool: 'bridge_call_party',
        why: 'connects {second} with {them}; you drop out',
        with: bothFromSecond,
      },
      { ...hold, why: 'before you take {second} back' },
    ],
  },
  { here: ['talking'], there: ['held'], next: [{ ...hold, why: 'before you take {second} back' }, transfer] },
  { here: ['held'], there: ['talking'], next: [{ ...holdSecond, why: 'before you take {them} back' }] },
  {
    here: ['held'],
    there: ['held'],
    next: [
      unhold,
      { ...unholdSecond, why: 'you and {second} talk again' },
      { tool: 'bridge_call_party', why: 'connects {them} with {second}; you drop out', with: bothCalls },
    ],
  },
  {
    here: ['hosting'],
    there: ['talking', 'consulting', 'held'],
    next: [
      {
        tool: 'create_call_party_with_bring_in',
        why: '{second} joins the conference',
        with: bothCalls,
      },
    ],
  },
  {
    here: ['talking', 'consulting', 'held'],
    there: ['hosting'],
    next: [
      {
        tool: 'create_call_party_with_bring_in',
        why: '{them} joins the conference',
        with: bothFromSecond,
      },
    ],
  },
  { here: ['talking', 'consulting'], there: ['talking', 'consulting'], next: [holdSecond, hold] },
  { here: ['left'], there: ['held'], next: [{ ...unholdSecond, why: 'you and {second} talk again' }] },
];

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
  delete_call_session: 'left',
  delete_call_party: 'left',
  hold_call_party: 'Hold',
};
/** Tools whose effect shows at the party that is named, or that the act made. */
const atParty: ReadonlySet<string> = new Set([
  'supervise_call_session',
  'supervise_call_party',
  'pickup_call_party',
  'create_call_party_with_bring_in',
  'delete_call_party',
]);

/** The state of a party of the call, in words. */
export const describeState = (call: SessionView | undefined, party: CallParty): string =>
  stateOf(call, party).means;

const stateOf = (call: SessionView | undefined, party: CallParty): State =>
  rows.find(({ codes, when }) => codes.includes(party.status.code) && (when?.(party, call) ?? true)) ??
  unknown;

/** Whether a person is on the other side: not only phones that ring, voicemail or fax. */
export const canTalk = (call: SessionView, party: CallParty): boolean =>
  !othersAre(ringing)(party, call) && !othersAre(machines)(party, call);

/**
 * What makes sense now, with its arguments, best first. The tool that was just used is not among it, unless it is about
 * something else: another call, the way back, or to wait on after the time was up.
 * @param offers whether this client has a tool
 */
export function nextSteps(situation: Situation, offers: (tool: string) => boolean): NextStep[] {
  const { call } = situation;
  if (call === undefined) return stepsWithoutCall(situation).filter(({ tool }) => offers(tool));
  const known: Known = { ...situation, call };
  const isAdvisable = (step: NextStep) => offers(step.tool) && !isRepetition(step, situation.used);
  const steps = stepsFor(known).filter(isAdvisable);
  return steps.length > 0 ? steps : build([changes, read], known).filter(isAdvisable);
}

function stepsFor(known: Known): NextStep[] {
  const { call, party, used } = known;
  if (used?.isPending) return [effectOf(used, known)];
  if (party === undefined)
    return build(isConference(call) && !call.over ? emptyConference : call.over ? [list] : [read], known);
  if (call.memberOf?.state === 'joined' && hasLeft(party)) return build(inConference, known);
  const isYours = isOwn(call, party);
  // Of a conference that you host, every party can be told of.
  const paired = isYours || placeIn(call) === 'hosting' ? stepsOfPair(known) : [];
  if (paired.length > 0) return paired;
  if (call.over) return build([list], known);
  const { next } = stateOf(call, party);
  return build(isYours ? next : next.filter(({ tool }) => forOthers.has(tool)), known);
}

/** The first row for which there is a second call; with several such calls, a step for each. */
function stepsOfPair(known: Known): NextStep[] {
  const here = placeIn(known.call, known.used);
  const others = known.others ?? [];
  for (const { here: places, there, next } of pairRows) {
    if (here === undefined || !places.includes(here)) continue;
    const seconds = others.filter((one) => there.includes(placeIn(one) ?? 'left')).slice(0, mostSeconds);
    if (seconds.length === 0) continue;
    const one = next.length === 1 ? seconds : seconds.slice(0, 1);
    return one.flatMap((second) => build(next, { ...known, second }));
  }
  return [];
}

/** Of so many other calls a step is given. */
const mostSeconds = 3;

/** What your leg of the call is doing; undefined where there is none, or for what no row is about. */
function placeIn(call: SessionView, used?: UsedTool): Place | undefined {
  const own = ownParty(call);
  if (own === undefined) return undefined;
  // The own party is a leg that was brought in, once there is one; the host's leg is what brings in more.
  if (call.parties.some((party) => isHosting(party) && isOwn(call, party))) return 'hosting';
  if (hasLeft(own)) return 'left';
  const { code, reason } = own.status;
  if (ringing.includes(code)) return isInbound(own) ? 'ringing' : 'calling';
  if (code === 'Hold') return 'held';
  if (code !== 'Answered' || reason === 'Supervising') return undefined;
  if (isConference(call)) return undefined;
  if (othersAre(machines)(own, call)) return 'unanswered';
  if (othersAre(ringing)(own, call)) return used?.timedOut ? 'unanswered' : 'calling';
  return isInbound(own) ? 'talking' : 'consulting';
}

const isHosting = ({ conferenceRole, status }: CallParty): boolean =>
  conferenceRole === 'Host' && status.code === 'Answered';

const build = (next: readonly Offer[], known: Known): NextStep[] =>
  next.flatMap(({ tool, why, with: argumentsOf = ofCall }) => {
    const args = argumentsOf(known);
    return args === undefined ? [] : [{ tool, arguments: args, why: inWords(why, known) }];
  });

const inWords = (why: string, { call, second }: Known): string =>
  why.replace('{them}', () => otherSideOf(call)).replace('{second}', () => otherSideOf(second));

/** The other side of your call by its number; its names are the caller's own. */
export function otherSideOf(call: SessionView | undefined): string {
  const own = ownParty(call);
  const number = call && own && !isConference(call) ? otherNumber(own) : undefined;
  return number === undefined ? 'the other side' : presentNumber(number);
}

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
    why: 'tells when it has happened; do not repeat the act before',
  };
}

function stepsWithoutCall(situation: Situation): NextStep[] {
  const step = (tool: string, why: string, args = {}) => ({ tool, arguments: args, why });
  return [
    step('wait_for_call_event', 'tells when a call comes', from(situation)),
    step('create_call_out_call_session', 'places a call: add toExtensionNumber or toPhoneNumber'),
    step('list_monitored_extensions', 'shows whose calls you may listen to'),
  ];
}

/** Whether this is what was just done. Waiting on, once the time was up, is not. */
function isRepetition({ tool, arguments: args }: NextStep, used: UsedTool | undefined): boolean {
  if (used?.tool !== tool || used.timedOut) return false;
  return Object.entries(args).every(([name, value]) => name === 'after' || used.args[name] === value);
}

/** Whether the party is the login's own: the own party or another leg of the same extension. */
function isOwn(call: SessionView, party: CallParty): boolean {
  const own = ownParty(call);
  return own !== undefined && (party.id === own.id || party.extensionId === own.extensionId);
}

/** Where several calls are live, which is advised on. */
const urgency: readonly (Place | undefined)[] = [
  'ringing',
  'unanswered',
  'calling',
  'talking',
  'hosting',
  'held',
];

/** Of several calls the one that wants something done first; undefined where there is none that you are on. */
export function mostUrgent(calls: readonly SessionView[]): SessionView | undefined {
  const rank = (call: SessionView) => {
    const place = urgency.indexOf(placeIn(call));
    return place < 0 ? urgency.length : place;
  };
  return calls.toSorted((one, other) => rank(one) - rank(other))[0];
}

/** The advised steps as a line; empty where there are none. */
export const formatNext = (next: readonly NextStep[]): string =>
  next.length === 0
    ? ''
    : `Next: ${next.map(({ tool, arguments: args, why }) => `${tool} ${JSON.stringify(args)} (${why})`).join('; ')}`;

import { ownParty } from '../../calls/store/own-party.ts';
import { isBeingRecorded } from '../../calls/store/party.ts';
import type { PartyView, SessionView } from '../../calls/store/views.ts';
import { hasLeft, isConference, listensIn } from '../../ringcentral/wire/session.ts';
import { lasting } from '../../shared/moment.ts';
import { clean } from '../../shared/untrusted.ts';
import type { Action } from '../action.ts';
import type { CallSnapshot, ConferenceParticipant } from '../assessment/call-snapshot.ts';
import { isListener } from '../assessment/people/listeners.ts';
import { type Participant, participantsOn } from '../assessment/people/participants.ts';
import type { ResolvedTarget } from '../assessment/targets/resolve-target.ts';
import { modelTexts } from '../model-text.ts';
import { argumentLines, type Known, phoneWords } from './argument-lines.ts';
import { type EffectNames, fillIn } from './effect-words.ts';
import { localTime } from './local-time.ts';
import { listWords, PersonNames, stateWords } from './person-words.ts';

export interface QuestionFacts extends Known {
  action: Action;
  snapshot: CallSnapshot;
  targets: readonly ResolvedTarget[];
  sandbox: boolean;
  /** The call changed since the last question. */
  changed: boolean;
  /** Why this is asked, where the policy alone would not: `more than 5 different calls within a minute`. */
  because: readonly string[];
  /** IANA name of the person's time zone; absent: UTC. */
  timeZone?: string;
  /** How long ago, in ms, a time of the platform in epoch ms was. */
  ageOf(platformTime: number): number;
}

/** A question: its first line alone says what happens and whether it can be undone, since some hosts show no more. */
export interface WrittenQuestion {
  summary: string;
  message: string;
}

const WORDS_LIMIT = 1_000;

const onlyListens = 'It is a call between others, on which you only listen in: they do not hear you.';

/**
 * The question in a person's words, from a fresh read of the calls: what happens, to whom, whether it can be undone,
 * what they hear, and every argument that changes it. There are no ids in it, and what outsiders chose is fenced in
 * «».
 */
export function writeQuestion(facts: QuestionFacts): WrittenQuestion {
  const { action, snapshot, targets, extensions, sandbox, changed, because } = facts;
  const names = new PersonNames(extensions);
  const { does, heard, undo } = action.effect;
  const summary = [
    `${sandbox ? 'SANDBOX, no real call: an' : 'An'} AI agent wants to`,
    `${fillIn(does, namesFor(facts, names))}.`,
    isListener(snapshot.call, action.partyId) && onlyListens,
    undo,
  ]
    .filter(Boolean)
    .join(' ');
  const one = snapshot.call && isConference(snapshot.call) ? 'The conference' : 'The call';
  const lines = [
    summary,
    ...(changed ? ['The call has changed since you were asked. This is true now:'] : []),
    ...(does.includes('{target}') ? [] : targets.map((target) => `Goes to: ${whereTo(target)}`)),
    ...targets.flatMap(({ onward, plan }) => [...(onward ? [onward] : []), ...(plan ? [plan] : [])]),
    ...callLines(one, snapshot.call, action.partyId, facts, names),
    ...callLines('The other call', snapshot.other, action.other?.partyId, facts, names),
    ...snapshot.conferences.flatMap((conference) =>
      callLines('The conference that the call is part of', conference, undefined, facts, names),
    ),
    `What they hear: ${clean(heard, WORDS_LIMIT)}`,
    ...argumentLines(action, facts),
    ...modelTexts(action.args).map((words) => `The voice says: «${clean(words, WORDS_LIMIT)}»`),
    ...because.map((reason) => `Asked because: ${clean(reason, WORDS_LIMIT)}`),
  ];
  return { summary, message: lines.join('\n') };
}

/** Names the people, places and phones of the act. A name is made when it is asked for: the first one has notes. */
function namesFor(facts: QuestionFacts, names: PersonNames): (name: keyof EffectNames) => string {
  const { action, snapshot, targets, devices } = facts;
  const everybody = everybodyOn(snapshot.call, snapshot);
  const isMeant = ({ partyId }: Participant) => partyId !== undefined && partyId === action.partyId;
  const meant = everybody.filter(isMeant);
  // Where somebody else's party is meant, you may be one of the others.
  const isOnYou = meant.every(({ you }) => you);
  const them = everybody.filter((person) => !isMeant(person) && !(isOnYou && person.you));
  const others = everybodyOn(snapshot.other, snapshot).filter(
    ({ you, partyId }) => !you && partyId !== action.other?.partyId,
  );
  const sentence = (people: readonly Participant[]) =>
    listWords(people.map((person) => names.inSentence(person))) || 'somebody who is not known';
  const words: Readonly<Record<keyof EffectNames, () => string>> = {
    them: () => sentence(them),
    withThem: () => (them.length > 0 ? ` with ${sentence(them)}` : ''),
    others: () => sentence(others),
    party: () => sentence(meant),
    target: () => listWords(targets.map(whereTo)) || 'its destination',
    conference: () =>
      them.length > 0
        ? `your conference with ${sentence(them)}`
        : 'your conference, which nobody else has joined yet',
    phone: () => phoneWords(action.deviceIds[0], devices),
    words: () => listWords(modelTexts(action.args).map((words) => `«${clean(words, 120)}»`)),
  };
  return (name) => words[name]();
}

const whereTo = ({ shown, reach }: ResolvedTarget): string =>
  `${shown}${reach === 'outside' ? ', outside your company' : ''}`;

/** Who is on a call; on a conference those too who were brought into it, with their legs' ids. */
function everybodyOn(call: SessionView | undefined, { conferenceParticipants }: CallSnapshot): Participant[] {
  if (!call) return [];
  const people = participantsOn(call);
  if (!isConference(call)) return people;
  const there = conferenceParticipants.filter(({ partyId }) => call.parties.some(({ id }) => id === partyId));
  const known = new Set(there.map(({ partyId }) => partyId));
  return [
    ...people.filter(({ broughtIn, partyId }) => !(broughtIn && known.has(partyId ?? ''))),
    ...there.flatMap(participantPeople),
  ];
}

/** The people behind one leg of a conference, each with the leg's id. */
function participantPeople({ partyId, call }: ConferenceParticipant): Participant[] {
  const people = call ? participantsOn(call).filter(({ you }) => !you) : [];
  if (people.length === 0) return [{ partyId, broughtIn: true, you: false }];
  return people.map(({ status, ...person }) => ({ ...person, partyId }));
}

/** The lines on a call: since when, and who is on it. */
function callLines(
  title: string,
  call: SessionView | undefined,
  meantId: string | undefined,
  facts: QuestionFacts,
  names: PersonNames,
): string[] {
  if (!call) return [];
  const own = ownParty(call);
  const isHeld = own?.status.code === 'Hold' && !listensIn(own);
  const isMeant = ({ you, partyId }: Participant) => !you && partyId !== undefined && partyId === meantId;
  const who = everybodyOn(call, facts.snapshot).map(
    (person) =>
      `- ${names.inList(person)}${stateWords(person, isHeld)}${isMeant(person) ? ' (the one meant)' : ''}`,
  );
  const recording = call.parties.some((party) => !hasLeft(party) && isBeingRecorded(party.recordings));
  return [
    `${title}, ${since(call, facts)}${recording ? ', being recorded' : ''}:`,
    ...who,
    ...(hasLeftIt(own) ? ['- You are no longer on it'] : []),
  ];
}

/** Whether you have left a call that others are still on; who was brought into a conference is there. */
const hasLeftIt = (own: PartyView | undefined): boolean =>
  own !== undefined && hasLeft(own) && own.status.reason !== 'Conference';

/** `since 14:03 CET (2 min)`. */
function since(call: SessionView, { ageOf, timeZone }: QuestionFacts): string {
  const started = call.creationTime === undefined ? Number.NaN : Date.parse(call.creationTime);
  if (Number.isNaN(started)) return 'start unknown';
  const age = ageOf(started);
  return `since ${localTime(started, started + age, timeZone)} (${lasting(age)})`;
}

import { isBeingRecorded } from '../../calls/store/party.ts';
import type { SessionView } from '../../calls/store/views.ts';
import type { Extension } from '../../ringcentral/wire/lookups.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import { lasting } from '../../shared/moment.ts';
import { clean } from '../../shared/untrusted.ts';
import type { Action } from '../action.ts';
import type { CallSnapshot, ConferenceParticipant } from '../assessment/call-snapshot.ts';
import type { Participant } from '../assessment/people/participants.ts';
import { participantsOn } from '../assessment/people/participants.ts';
import type { ResolvedTarget } from '../assessment/targets/resolve-target.ts';
import { modelTexts } from '../model-text.ts';
import { argumentLines, extensionWords, type Known } from './argument-lines.ts';

export interface QuestionFacts extends Known {
  action: Action;
  snapshot: CallSnapshot;
  targets: readonly ResolvedTarget[];
  sandbox: boolean;
  /** The call changed since the last question. */
  changed: boolean;
  /** Why this is asked, where the policy alone would not: `the sixth call within a minute`. */
  because: readonly string[];
}

/** A question: its first line alone says what happens and whether it can be undone, since some hosts show no more. */
export interface WrittenQuestion {
  summary: string;
  message: string;
}

/** How long ago a time of the platform was, in milliseconds; that time in epoch ms. */
type AgeOf = (platformTime: number) => number;

const WORDS_LIMIT = 1_000;

/**
 * The question in a person's words, from a fresh read of the calls: what happens, to whom, what they hear, and every
 * argument that changes it. Every name in it is fenced in «», whoever chose it.
 */
export function writeQuestion(facts: QuestionFacts, ageOf: AgeOf): WrittenQuestion {
  const { action, snapshot, targets, extensions, sandbox, changed, because } = facts;
  const { does, heard, final } = action.effect;
  const summary = [
    sandbox ? 'SANDBOX, no real call: an' : 'An',
    `AI agent wants to: ${clean(does, WORDS_LIMIT)}`,
    final && `Cannot be undone: ${clean(final, WORDS_LIMIT)}`,
  ]
    .filter(Boolean)
    .join(' ');
  const lines = [
    summary,
    ...(changed ? ['The call has changed since you were asked. This is true now:'] : []),
    ...targets.flatMap(({ shown, reach, onward, plan }) => [
      `Goes to: ${shown}${reach === 'outside' ? ', outside this account' : ''}`,
      ...(onward ? [onward] : []),
      ...(plan ? [plan] : []),
    ]),
    ...(snapshot.call ? describe(snapshot.call, action.partyId, 'The call', extensions, ageOf) : []),
    ...snapshot.conferenceParticipants.flatMap((participant) =>
      describeParticipant(participant, action.partyId, extensions),
    ),
    ...(snapshot.other
      ? describe(snapshot.other, action.other?.partyId, 'The other call', extensions, ageOf)
      : []),
    ...snapshot.conferences.flatMap((conference) =>
      describe(conference, undefined, 'The conference that the call is part of', extensions, ageOf),
    ),
    `What they hear: ${clean(heard, WORDS_LIMIT)}`,
    ...argumentLines(action, facts),
    ...modelTexts(action.args).map((words) => `In these words: «${clean(words, WORDS_LIMIT)}»`),
    ...because.map((reason) => `Asked because: ${clean(reason, WORDS_LIMIT)}`),
  ];
  return { summary, message: lines.join('\n') };
}

function describe(
  call: SessionView,
  partyId: string | undefined,
  title: string,
  extensions: readonly Extension[],
  ageOf: AgeOf,
): string[] {
  const who = participantsOn(call).map(
    (person) =>
      `- ${name(person, extensions)}${state(person)}${mark(partyId !== undefined && person.partyId === partyId)}`,
  );
  const recording = call.parties.some((party) => !hasLeft(party) && isBeingRecorded(party.recordings));
  return [`${title} (${since(call, ageOf)}${recording ? ', being recorded' : ''}):`, ...who];
}

/** The mark of the party acted on. Arrows are removed from names, so that no caller can imitate it. */
const mark = (isMeant: boolean): string => (isMeant ? ' ← this party' : '');

/** The lines on a participant of a conference. */
function describeParticipant(
  participant: ConferenceParticipant,
  partyId: string | undefined,
  extensions: readonly Extension[],
): string[] {
  const subject = mark(participant.partyId === partyId);
  const everyone = participant.call ? participantsOn(participant.call).filter(({ you }) => !you) : [];
  if (everyone.length === 0) return [`- somebody whose call was brought in${subject}`];
  return everyone.map((person) => `- ${name(person, extensions)}, brought in${subject}`);
}

/** An extension of this account is an identity; of anybody else we know a number and a claim. */
function name(person: Participant, extensions: readonly Extension[]): string {
  if (person.broughtIn) return 'somebody whose call is brought in';
  if (person.extensionId !== undefined) {
    const extension = extensions.find(({ id }) => id === person.extensionId);
    const known = extensionWords(extension, `extension id ${clean(person.extensionId)}`);
    return person.you ? `You, ${known}` : known;
  }
  const claimed = person.name ? ` claiming to be «${clean(person.name)}»` : '';
  return `${shownNumber(person.phoneNumber)}${claimed} (number and name can be forged)`;
}

/** The network's word for a caller, fenced like a name where it is no number. */
function shownNumber(phoneNumber: string | undefined): string {
  if (!phoneNumber) return 'unknown number';
  return /^\+?[\d*#]{1,20}$/.test(phoneNumber) ? phoneNumber : `«${clean(phoneNumber)}»`;
}

const states: Readonly<Record<string, string>> = {
  Setup: 'being called',
  Proceeding: 'ringing',
  Answered: 'connected',
  Hold: 'has the call on hold',
  Parked: 'parked',
  VoiceMail: 'in voicemail',
  VoiceMailScreening: 'leaving a voicemail that is screened',
};

function state({ status, caller }: Participant): string {
  if (!status) return '';
  const calling = caller && (status === 'Setup' || status === 'Proceeding');
  return `, ${calling ? 'calling' : (states[status] ?? clean(status))}`;
}

function since(call: SessionView, ageOf: AgeOf): string {
  const started = call.creationTime === undefined ? Number.NaN : Date.parse(call.creationTime);
  if (Number.isNaN(started)) return 'start unknown';
  return `for ${lasting(ageOf(started))}`;
}

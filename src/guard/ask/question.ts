import type { Clock } from '../../base/clock.ts';
import { momentAgo } from '../../base/moment.ts';
import { clean } from '../../base/untrusted.ts';
import { isRecorded } from '../../calls/party.ts';
import type { SessionView } from '../../calls/view.ts';
import type { Extension } from '../../ringcentral/wire/lookups.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import type { Action } from '../action.ts';
import type { Guest, Scene } from '../fingerprint.ts';
import type { Person } from '../people.ts';
import { people } from '../people.ts';
import type { ResolvedTarget } from '../targets/resolve.ts';
import { modelWords } from '../words.ts';

export interface QuestionFacts {
  action: Action;
  scene: Scene;
  targets: readonly ResolvedTarget[];
  /** The account's extensions, for the names of colleagues; empty when they could not be read. */
  extensions: readonly Extension[];
  sandbox: boolean;
  /** The call changed since the last question. */
  changed: boolean;
  /** Why this is asked, where the policy alone would not: `the sixth call within a minute`. */
  because?: string;
}

const WORDS_LIMIT = 1_000;

/** The question in a person's words, from a fresh read of the call. Everything a caller could write is fenced. */
export function writeQuestion(facts: QuestionFacts, clock: Clock): string {
  const { action, scene, targets, extensions, sandbox, changed, because } = facts;
  const { does, heard, final } = action.effect;
  const lines = [
    ...(sandbox ? ['SANDBOX: no real call is touched.'] : []),
    ...(changed ? ['The call has changed since you were asked. This is true now:'] : []),
    `An AI agent wants to: ${clean(does, WORDS_LIMIT)}`,
    ...targets.map(
      ({ shown, reach }) => `Goes to: ${shown}${reach === 'outside' ? ', outside this account' : ''}`,
    ),
    ...modelWords(action.args).map((words) => `In these words: «${clean(words, WORDS_LIMIT)}»`),
    ...(scene.call ? describe(scene.call, action.partyId, 'The call', extensions, clock) : []),
    ...scene.guests.flatMap((guest) => describeGuest(guest, action.partyId, extensions)),
    ...(scene.other ? describe(scene.other, action.other?.partyId, 'The other call', extensions, clock) : []),
    `What they hear: ${clean(heard, WORDS_LIMIT)}`,
    ...(final ? [`Cannot be undone: ${final}`] : []),
    ...(because ? [`Asked because: ${because}`] : []),
  ];
  return lines.join('\n');
}

function describe(
  call: SessionView,
  partyId: string | undefined,
  title: string,
  extensions: readonly Extension[],
  clock: Clock,
): string[] {
  const everyone = people(call);
  const who = everyone.map((person) => {
    const subject = partyId !== undefined && person.partyId === partyId ? ' ← this party' : '';
    return `- ${name(person, extensions)}${state(person)}${subject}`;
  });
  const recording = call.parties.some((party) => !hasLeft(party) && isRecorded(party.recordings));
  return [
    `${title} (${since(call, clock)}${recording ? ', being recorded' : ''}, id ending in ${clean(call.id).slice(-6)}):`,
    ...who,
  ];
}

/** Who came into the conference with a call that was brought in. */
function describeGuest(
  guest: Guest,
  partyId: string | undefined,
  extensions: readonly Extension[],
): string[] {
  const subject = guest.partyId === partyId ? ' ← this party' : '';
  const everyone = guest.call ? people(guest.call).filter(({ you }) => !you) : [];
  if (everyone.length === 0) return [`- somebody whose call was brought in${subject}`];
  return everyone.map((person) => `- ${name(person, extensions)}, brought in${subject}`);
}

/** An extension of this account is an identity; of anybody else we know a number and a claim. */
function name(person: Person, extensions: readonly Extension[]): string {
  if (person.broughtIn) return 'somebody whose call is brought in';
  if (person.extensionId !== undefined) {
    const extension = extensions.find(({ id }) => id === person.extensionId);
    const number = extension?.extensionNumber ?? `id ${clean(person.extensionId)}`;
    const known = `extension ${number}${extension?.name ? ` (${clean(extension.name)})` : ''}`;
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

function state({ status, caller }: Person): string {
  if (!status) return '';
  const calling = caller && (status === 'Setup' || status === 'Proceeding');
  return `, ${calling ? 'calling' : (states[status] ?? clean(status))}`;
}

function since(call: SessionView, clock: Clock): string {
  const started = call.creationTime === undefined ? Number.NaN : Date.parse(call.creationTime);
  if (Number.isNaN(started)) return 'start unknown';
  return `since ${momentAgo(started, clock.now())}`;
}

import type { Extension } from '../../ringcentral/wire/lookups.ts';
import { clean } from '../../shared/untrusted.ts';
import type { Participant } from '../assessment/people/participants.ts';
import { identityOf } from '../assessment/targets/account.ts';

/**
 * Names the people of one question. An extension of this account is an identity, `Bob Boss (extension 102)`; of
 * anybody else there is a number, and a claim that is fenced in «», with a note where it stands first that a caller's
 * number is not verified.
 */
export class PersonNames {
  readonly #extensions: readonly Extension[];
  readonly #noted = new Set<string>();

  constructor(extensions: readonly Extension[]) {
    this.#extensions = extensions;
  }

  /** In a sentence: `you`, `Bob Boss (extension 102)`, `+14155550199 «Carol» (number not verified)`. */
  inSentence(person: Participant): string {
    return person.you ? 'you' : this.#nameOf(person);
  }

  /** In a list, where you are named too. */
  inList(person: Participant): string {
    if (!person.you) return this.#nameOf(person);
    const extension = this.#extensions.find(({ id }) => id === person.extensionId);
    return extension ? `You, ${identityOf(extension)}` : 'You';
  }

  #nameOf({ broughtIn, extensionId, phoneNumber, name, caller }: Participant): string {
    if (broughtIn) return 'somebody whose call is brought in';
    if (extensionId !== undefined) {
      const extension = this.#extensions.find(({ id }) => id === extensionId);
      if (extension) return identityOf(extension);
      return phoneNumber
        ? `a colleague at ${shownNumber(phoneNumber)}`
        : 'a colleague who could not be looked up';
    }
    const known = [shownNumber(phoneNumber), name && `«${clean(name)}»`].filter(Boolean).join(' ');
    // Whoever was called is where the network reached them.
    if (caller === false || this.#noted.has(known)) return known;
    this.#noted.add(known);
    return `${known} (number not verified)`;
  }
}

/** The network's word for a caller, fenced like a name where it is no number. */
function shownNumber(phoneNumber: string | undefined): string {
  if (!phoneNumber || phoneNumber === 'anonymous') return 'an unknown number';
  return /^\+?[\d*#]{1,20}$/.test(phoneNumber) ? phoneNumber : `«${clean(phoneNumber)}»`;
}

/** So many people are named in a sentence. */
const most = 4;

/** `A, B and C`; of more than four the first, and how many others. Empty for nobody. */
export function listWords(people: readonly string[]): string {
  const named = people.length > most ? people.slice(0, most - 1) : people;
  const all = people.length > most ? [...named, `${people.length - named.length} others`] : named;
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

const states: Readonly<Record<string, string>> = {
  Setup: 'being called',
  Proceeding: 'ringing',
  Answered: 'connected',
  Hold: 'has the others on hold',
  Parked: 'parked',
  VoiceMail: 'in voicemail',
  VoiceMailScreening: 'leaving a voicemail that is screened',
};

/**
 * What somebody is doing on the call, to stand behind the name: `, connected`; empty where that is not known.
 * @param isHeld you have the call on hold: whoever is connected hears music
 */
export function stateWords({ status, caller, listens, apart, you }: Participant, isHeld: boolean): string {
  if (!status) return '';
  if (listens) return ', listening in unheard';
  if (isHeld && you) return `, holding the call${apart ? ' and out of the conversation' : ''}`;
  if (apart && status === 'Answered') return ', out of the conversation';
  if (isHeld && status === 'Answered') return ', on hold';
  const calling = caller && (status === 'Setup' || status === 'Proceeding');
  return `, ${calling ? 'calling' : (states[status] ?? clean(status))}`;
}

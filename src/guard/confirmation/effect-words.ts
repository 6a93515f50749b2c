import { clean } from '../../shared/untrusted.ts';

/** What stands in the words of an `Effect` for the people, places and phones that only the guard knows. */
export interface EffectNames {
  /** Everybody else on the call. */
  them: string;
  /** The same behind "the call": ` with Carol`; empty where nobody else is known. */
  withThem: string;
  /** Everybody else on the other call of bridge and bring-in. */
  others: string;
  /** Whose party is acted on. */
  party: string;
  /** Where the call goes. */
  target: string;
  /** The conference that is acted on, with its people. */
  conference: string;
  /** The phone whose microphone opens. */
  phone: string;
  /** The beginning of what a voice will say in the model's own words. */
  words: string;
}

/** For where no names may stand: the audit log. */
const nameless: EffectNames = {
  them: 'the other side',
  withThem: '',
  others: 'the people of the other call',
  party: 'one party',
  target: 'its destination',
  conference: 'the conference',
  phone: 'a phone',
  words: 'a message',
};

/**
 * The words with the names in them, on one line.
 * @param nameOf called for each name that stands in the words, in their order
 */
export const fillIn = (words: string, nameOf: (name: keyof EffectNames) => string): string =>
  words
    .split(/(\{(?:them|withThem|others|party|target|conference|phone|words)\})/)
    .map((part, index) => (index % 2 === 1 ? nameOf(part.slice(1, -1) as keyof EffectNames) : between(part)))
    .join('');

/** The words between two names: cleaned, with the space that divides them. */
const between = (words: string): string =>
  [/^\s/.test(words) && ' ', clean(words, 1_000), words.trim() !== '' && /\s$/.test(words) && ' ']
    .filter(Boolean)
    .join('');

export const withoutNames = (words: string): string => fillIn(words, (name) => nameless[name]);

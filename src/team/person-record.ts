import type { TokenPair } from './ringcentral-oauth.ts';

/** How a person is called beside the subject. */
export interface PersonName {
  name: string;
  extensionNumber: string;
}

/** What a person has chosen on their own page. */
export interface PersonChoices {
  /**
   * Id of the phone whose microphone agents may open; null: none, the person is asked. Absent: the person has not chosen.
   */
  phone?: string | null;
  /** Since when agents see nothing and do nothing, epoch ms; null or absent: they may. */
  pausedAt?: number | null;
}

/** What others are shown of a person's sign-in. Times are epoch milliseconds. */
export interface PersonStatus extends PersonName {
  subject: string;
  /** `needs_login`: RingCentral has ended the sign-in; nothing works until the person signs in again. */
  state: 'active' | 'needs_login';
  /** Which sign-in this is: what was given out for another one counts no more. */
  generation: number;
  signedInAt: number;
  lastUsedAt: number;
  /** Of RingCentral, separated by blanks. */
  scope: string;
  choices: PersonChoices;
}

/** A sign-in as it is kept: with its tokens, which nobody is shown. */
export interface PersonRecord extends PersonStatus {
  revision: number;
  /** Absent in `needs_login`. */
  pair?: TokenPair;
  /** When the pair was renewed; 0: it is that of the sign-in. */
  renewedAt: number;
}

/** A phone of a person, as their page shows it. */
export interface PhoneOfPerson {
  id: string;
  /** Name, kind and whether it can be used now. */
  words: string;
}

/** Something that an agent did or was refused, in words with numbers masked. */
export interface PastAct {
  /** Epoch ms. */
  at: number;
  /** What: the title of a tool. */
  what: string;
  /** What came of it. */
  outcome: string;
}

/** What the page shows of a person's line. */
export interface PersonLine {
  /** @throws Failure where they cannot be read now */
  phonesOf(subject: string): Promise<readonly PhoneOfPerson[]>;
  /**
   * The last ones, the newest first.
   * @throws Failure where they cannot be read now
   */
  actsOf(subject: string): Promise<readonly PastAct[]>;
  /** Those of this person's questions that wait on the page; absent where people are asked elsewhere. */
  questionsOf?(subject: string): Promise<readonly WaitingQuestion[]>;
  /** @returns false where no question of this person with this id waits, or it offers no such answer */
  answer?(subject: string, id: string, answer: 'yes' | 'grant' | 'declined'): Promise<boolean>;
}

/** A question that a person answers on their page. */
export interface WaitingQuestion {
  id: string;
  /** The whole question, several lines. */
  message: string;
  /** How long a grant would last, where one is offered: `ten minutes`. */
  grantLasts?: string;
  /** Epoch ms. */
  expiresAt: number;
}

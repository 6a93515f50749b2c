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
  /** The last ones, the newest first. */
  actsOf(subject: string): readonly PastAct[];
}

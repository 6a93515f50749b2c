/** How far a person's yes can be extended. */
export interface GrantTerms {
  /**
   * What it is bound to, beside principal and tool: `act` to the very same arguments, people and targets, `message`
   * to the words.
   */
  for: 'act' | 'message';
  ms: number;
  /** How long that is, in words. */
  lasts: string;
  /** The choice in the question's form. */
  choice: string;
}

export const actTerms: GrantTerms = {
  for: 'act',
  ms: 10 * 60_000,
  lasts: 'ten minutes',
  choice: 'Yes, and for this call and target for the next ten minutes',
};

/** A ready message is for whoever calls: bound to one call it would be of no use, because it ends the call. */
export const messageTerms: GrantTerms = {
  for: 'message',
  ms: 8 * 60 * 60_000,
  lasts: 'eight hours',
  choice: 'Yes, and this same message to any caller for the next eight hours',
};

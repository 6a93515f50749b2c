/** A number that leads to a target. */
export interface KnownNumber {
  /** E.164. */
  phoneNumber: string;
  /** ISO 3166. Of the account's own numbers told only where a rule of the policy needs it. */
  country?: string;
}

export interface QueueMembers {
  /** Extension numbers and ids. */
  extensions: readonly string[];
  numbers: readonly KnownNumber[];
}

/** Where a call would go, as far as that could be found out. What cannot be resolved counts as outside. */
export interface ResolvedTarget {
  reach: 'inside' | 'outside';
  /** For the question: `+14155550199 (United States)`, `extension 102 «Bob»`. */
  shown: string;
  /** One string for each real destination and manner, whatever it was called: `extension:622`, `number:+14155550199`. */
  identity: string;
  /** A number, phone or extension of the login itself. */
  own: boolean;
  /** The number that is dialled, in E.164. */
  phoneNumber?: string;
  /** ISO 3166 code of that number. */
  country?: string;
  /** Every number by which this destination is known, for the policy's rules. */
  numbers: readonly KnownNumber[];
  extensionNumber?: string;
  /** Of the extension that the target is or leads to, its mailbox and a park location included. */
  extensionId?: string;
  /** The directory's type of that extension. */
  type?: string;
  /** A queue's members, where the policy needs them. */
  members?: QueueMembers | 'unknown';
  /** The account could not be read: this may be any extension. */
  unknown?: true;
  /** Why a person is asked about it whatever the policy, `--allow-unconfirmed` or a grant says. */
  unusual?: string;
  /** A sentence for the question: it may send the call on, and where to is not known. */
  onward?: string;
  /** A sentence for the question: the dialling plan that was asked for. */
  plan?: string;
  /** How the operation must name it: as a number it would be an emergency number. */
  sendAs?: { extensionId: string };
}

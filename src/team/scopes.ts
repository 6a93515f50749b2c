/** What an app may be allowed, and how a person is told. */
export interface ScopeWords {
  scope: string;
  /** What the app may do then, as the person would say it. */
  words: string;
  /** Whether it is ticked when the person is asked; what cannot be taken back is not. */
  offered: 'ticked' | 'unticked';
}

export const scopeWords: readonly ScopeWords[] = [
  {
    scope: 'calls:read',
    words: 'See your live calls: who is on them, numbers and names, and who in the company is free',
    offered: 'ticked',
  },
  {
    scope: 'calls:control',
    words: 'Act on your calls: answer, place, hold, mute, transfer and park them',
    offered: 'ticked',
  },
  {
    scope: 'calls:listen',
    words: 'Record calls, and listen in on calls of colleagues whom you may monitor',
    offered: 'unticked',
  },
  {
    scope: 'calls:destructive',
    words: 'End calls: hang up on people, drop them from a conference, answer them by a spoken message',
    offered: 'unticked',
  },
];

export const teamScopes: readonly string[] = scopeWords.map(({ scope }) => scope);

/** What an extension of the account is to a call that is sent there, by the directory's type (platform.md 8.3). */
interface Kind {
  /** `a call queue`. */
  words: string;
  /** Reached without a question: users, queues, park locations and mailboxes. */
  unasked?: true;
  /** Has a mailbox that `voicemail` can name. */
  mailbox?: true;
  /** May send calls on by rules that the API does not tell. */
  forwards?: true;
}

const user: Kind = { words: 'a user', unasked: true, mailbox: true, forwards: true };

const kinds: Readonly<Record<string, Kind>> = {
  User: user,
  DigitalUser: user,
  VirtualUser: user,
  FlexibleUser: user,
  Department: { words: 'a call queue', unasked: true, mailbox: true, forwards: true },
  Voicemail: { words: 'a mailbox', unasked: true, mailbox: true },
  ParkLocation: { words: 'a park location', unasked: true },
  PagingOnly: { words: 'a paging group' },
  IvrMenu: { words: 'a menu', forwards: true },
  Announcement: { words: 'an announcement' },
  ApplicationExtension: { words: 'an application', forwards: true },
  SharedLinesGroup: { words: 'a group of shared lines', mailbox: true, forwards: true },
  DelegatedLinesGroup: { words: 'a group of delegated lines', forwards: true },
  GroupCallPickup: { words: 'a call pickup group', forwards: true },
  FaxUser: { words: 'a fax' },
  Limited: { words: 'a phone of limited use', forwards: true },
  Room: { words: 'a meeting room' },
  RoomConnector: { words: 'a connector of meeting rooms' },
  Site: { words: 'a site', forwards: true },
  Bot: { words: 'a bot', forwards: true },
  ProxyAdmin: { words: 'an administrator without a phone' },
  TieLine: { words: 'a line to another system', forwards: true },
};

const unknown: Kind = { words: 'something of a kind that is not known here', forwards: true };

/** The kind of a type; an unknown one is nothing that is reached unasked. */
export const kindOf = (type: string | undefined): Kind =>
  type !== undefined && Object.hasOwn(kinds, type) ? (kinds[type] ?? unknown) : unknown;

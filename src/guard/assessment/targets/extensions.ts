import type { Extension } from '../../../ringcentral/wire/lookups.ts';
import { Failure } from '../../../shared/failure.ts';
import { clean } from '../../../shared/untrusted.ts';
import type { AccountDirectory } from '../../ports.ts';
import { countryOf, forExtensions, judgeNumber, mayBeEmergency } from '../numbers/dialled-number.ts';
import { isEmergencyNumber, winsOverExtension } from '../numbers/emergency.ts';
import { bare, readExtension } from '../numbers/written-number.ts';
import {
  type Account,
  identityOf,
  isDisabled,
  isEnabled,
  listed,
  nameOf,
  type Resolving,
} from './account.ts';
import { kindOf } from './extension-kinds.ts';
import type { KnownNumber, QueueMembers, ResolvedTarget } from './target.ts';

/** What the call is sent to: the extension's phones, its mailbox, or its park location. */
export type Manner = 'call' | 'voicemail' | 'parkOrbit';

/** Everything that resolving one target works with. */
export interface Resolver {
  directory: AccountDirectory;
  account: Account;
  resolving: Resolving;
  /** The tool's name of the argument, for refusals. */
  parameter: string;
}

/**
 * Parameters of operations that take an extension number and no id: there it is dialled as a number
 * (platform.md 2.3.1).
 */
const dialledAsNumber: ReadonlySet<string> = new Set([
  'toExtensionNumber',
  'toPhoneNumber',
  'phoneNumber',
  'colleague',
]);

/** Where the same tool takes a phone number; absent: nowhere. */
const forNumbers: Readonly<Record<string, string>> = {
  extensionNumber: 'phoneNumber',
  phoneNumber: 'phoneNumber',
  toExtensionNumber: 'toPhoneNumber',
  toPhoneNumber: 'toPhoneNumber',
};

const wayForNumber = (parameter: string): string =>
  forNumbers[parameter] === undefined
    ? 'Only colleagues can be reached so: call an outside number with create_call_out_call_session, then connect ' +
      'the two with bridge_call_party.'
    : `Give a phone number as ${forNumbers[parameter]}.`;

/**
 * Resolves an extension number.
 * @param main the main number that it was written behind
 */
export async function resolveExtensionNumber(
  value: string,
  resolver: Resolver,
  main?: string,
): Promise<ResolvedTarget> {
  const { account, parameter } = resolver;
  if (!/^\d{1,8}$/.test(value)) {
    await refuseNumber(value, resolver);
    throw new Failure(
      'invalid_input',
      `An extension number has 1 to 8 digits and nothing else. ${wayForNumber(parameter)}`,
      { parameter, next: ['find_extensions'] },
    );
  }
  const all = account.extensions?.filter(({ extensionNumber }) => extensionNumber === value);
  const extension = all?.find(isEnabled) ?? all?.[0];
  if (extension && isEnabled(extension)) {
    const target = await resolveExtension(extension, 'call', resolver);
    if (!(await isEmergencyHere(value, account))) return target;
    if (!dialledAsNumber.has(parameter)) return { ...target, sendAs: { extensionId: extension.id } };
    throw emergencyInstead(value, extension, resolver);
  }
  // Where the directory cannot be read, a number that is no emergency number here is sooner a colleague's: it is asked.
  if (all === undefined ? await isEmergencyHere(value, account) : isEmergencyNumber(value))
    throw emergency(value, parameter, all !== undefined);
  if (extension) return resolveExtension(extension, 'call', resolver);
  // Written out with the main number it is meant: there are extensions that a directory hides.
  if (all && main === undefined) throw nobodys(`extension ${value}`, parameter);
  return unknownExtension(
    `extension ${value}`,
    main ? `number:${main}*${value}` : `extension number:${value}`,
    {
      ...(main === undefined && { extensionNumber: value }),
      ...(all === undefined && { unknown: true }),
    },
  );
}

/** What would be denied as a number is not excused by the wrong parameter; a colleague's extension is only misspelt. */
async function refuseNumber(value: string, { account, parameter }: Resolver): Promise<void> {
  const meant = readExtension(bare(value).replace(/^\+/, ''));
  const isColleagues =
    meant !== undefined &&
    account.extensions?.some((one) => one.extensionNumber === meant && isEnabled(one)) === true;
  const isEmergency = isColleagues ? await isEmergencyHere(meant, account) : mayBeEmergency(value);
  if (isColleagues && !isEmergency) {
    throw new Failure(
      'invalid_input',
      `An extension number has digits and nothing else: give ${meant} as ${forExtensions[parameter] ?? parameter}.`,
      { parameter },
    );
  }
  if (isEmergency || /[*#]/.test(value.normalize('NFKC'))) await judgeNumber(value, parameter);
}

const isEmergencyHere = async (value: string, { countries }: Account): Promise<boolean> =>
  isEmergencyNumber(value) && winsOverExtension(value, await countries());

const emergency = (value: string, parameter: string, isNobodys: boolean): Failure =>
  new Failure(
    'denied',
    `${isNobodys ? `There is no extension ${value} here that is in use, and it is an` : `${value} is an`} emergency ` +
      'number, here or elsewhere: dial it yourself if you mean that. This server never places such a call.',
    { parameter, ...(isNobodys && { next: ['find_extensions'] }) },
  );

/** The colleague has another name that is no emergency number. */
function emergencyInstead(value: string, { id }: Extension, { account, parameter }: Resolver): Failure {
  const direct = account.numbers?.find(({ extensionId }) => extensionId === id)?.phoneNumber;
  const asNumber = forNumbers[parameter];
  const way =
    direct && asNumber
      ? `Give the direct number ${direct} as ${asNumber}.`
      : asNumber === 'phoneNumber'
        ? `Give the extensionId ${id}.`
        : 'Let the person dial it.';
  return new Failure(
    'denied',
    `${value} is an extension of this account and an emergency number too, and this would be dialled as a number. ${way}`,
    { parameter },
  );
}

/**
 * Resolves an extension id; for `voicemail` and `parkOrbit` the extension must have a mailbox or be a park location.
 */
export async function resolveExtensionId(
  value: string,
  manner: Manner,
  resolver: Resolver,
): Promise<ResolvedTarget> {
  const { account, parameter } = resolver;
  const extension = account.extensions?.find(({ id }) => id === value);
  if (extension) return resolveExtension(extension, manner, resolver);
  if (account.extensions === undefined) {
    const words = { call: '', voicemail: 'the mailbox of ', parkOrbit: 'the park location that is ' }[manner];
    return unknownExtension(`${words}extension id ${clean(value)}`, `${manner} id:${value}`, {
      extensionId: value,
      unknown: true,
    });
  }
  const meant = account.extensions.find(({ extensionNumber }) => extensionNumber === value);
  if (!meant) throw nobodys(`extension with the id ${clean(value)}`, parameter);
  throw new Failure(
    'invalid_input',
    `${value} is an extension number, and ${parameter} takes an id. The id of ${nameOf(meant)} is ${meant.id}.`,
    { parameter, next: ['find_extensions'] },
  );
}

const nobodys = (what: string, parameter: string): Failure =>
  new Failure(
    'not_found',
    `There is no ${what} in the directory of this account. One that is hidden there takes its full number, or the ` +
      'main number, * and the extension.',
    { parameter, next: ['find_extensions'] },
  );

const unknownExtension = (what: string, identity: string, more: Partial<ResolvedTarget>): ResolvedTarget => ({
  reach: 'outside',
  shown: `${what}, which is not known in this account`,
  identity,
  own: false,
  numbers: [],
  unusual: `What ${what} is could not be found out.`,
  onward: `Where ${what} leads is not known here.`,
  ...more,
});

/**
 * An extension that the directory knows, as the target of a call, of a message, or of parking.
 * @throws Failure `denied` for a paging group and an in-house emergency service, `not_found` for one that is not in
 * use, `invalid_input` for one that has not what is meant.
 */
export async function resolveExtension(
  extension: Extension,
  manner: Manner,
  { directory, account, resolving, parameter }: Resolver,
): Promise<ResolvedTarget> {
  const { id, extensionNumber, type } = extension;
  const kind = kindOf(type);
  const name = nameOf(extension);
  if (extensionNumber !== undefined && resolving.inHouse.has(extensionNumber)) {
    throw new Failure(
      'denied',
      `Extension ${extensionNumber} is an in-house emergency number: dial it yourself. This server never places such a call.`,
      { parameter },
    );
  }
  if (isDisabled(extension)) {
    throw new Failure(
      'not_found',
      `${capital(name)} is not in use (${clean(extension.status ?? '')}): nobody is reached there.`,
      {
        parameter,
        next: ['find_extensions'],
      },
    );
  }
  refuseWrongKind(extension, manner, parameter);
  const isPark = type === 'ParkLocation';
  const isMailbox = manner === 'voicemail' || type === 'Voicemail';
  const isQueue = resolving.members && type === 'Department' && manner === 'call';
  const members = isQueue ? await membersOf(id, directory, account, resolving) : undefined;
  refuseInHouse(extension, members, resolving, parameter);
  const unusual = unusualOf(extension, manner) ?? unreadMembers(extension, members, resolving);
  return {
    reach: 'inside',
    shown: manner === 'voicemail' ? `the mailbox of ${identityOf(extension)}` : identityOf(extension),
    identity: `${isPark ? 'park' : isMailbox ? 'mailbox' : 'extension'}:${id}`,
    own: account.self?.extensionId === id,
    numbers: await numbersOf(id, account, resolving),
    ...(extensionNumber !== undefined && { extensionNumber }),
    extensionId: id,
    ...(type !== undefined && { type }),
    ...(members && { members }),
    ...(unusual && { unusual }),
    ...(kind.forwards &&
      !isMailbox && { onward: `Where ${withoutKind(extension)} forwards its calls is not known here.` }),
  };
}

function refuseWrongKind(extension: Extension, manner: Manner, parameter: string): void {
  const { type, id } = extension;
  const kind = kindOf(type);
  if (manner === 'call' && type === 'PagingOnly') {
    throw new Failure(
      'denied',
      `${capital(nameOf(extension))}: the call would be heard on its loudspeakers. No call is sent there.`,
      { parameter },
    );
  }
  // What is not known is asked about.
  if (type === undefined) return;
  if (manner === 'parkOrbit' && type !== 'ParkLocation') {
    throw new Failure(
      'invalid_input',
      `${capital(nameOf(extension))}${type === 'User' ? ', a user' : ''}, not a park location: the caller would be put ` +
        `through. Take the id of a ParkLocation from find_extensions, or give ${id} as extensionId if that is meant.`,
      { parameter, next: ['find_extensions'] },
    );
  }
  if (manner === 'voicemail' && !kind.mailbox) {
    throw new Failure(
      'invalid_input',
      `${capital(nameOf(extension))}: it has no mailbox. Take the id of a user or a queue from find_extensions.`,
      { parameter, next: ['find_extensions'] },
    );
  }
}

/** A person is asked about all but users, queues, park locations and mailboxes that are in use. */
function unusualOf(extension: Extension, manner: Manner): string | undefined {
  const { status, type } = extension;
  const name = withoutKind(extension);
  if (status === undefined) return `Whether ${name} is in use is not known.`;
  const kind = kindOf(type);
  if (kind.unasked || (manner === 'voicemail' && kind.mailbox)) return undefined;
  return `${capital(name)} is ${kind.words}, not a user, queue, park location or mailbox.`;
}

export async function numbersOf(
  id: string,
  { numbers }: Account,
  { countries }: Resolving,
): Promise<KnownNumber[]> {
  const own = (numbers ?? []).filter(({ extensionId }) => extensionId === id);
  return Promise.all(
    own.map(async ({ phoneNumber }) => {
      const country = countries ? await countryOf(phoneNumber) : undefined;
      return { phoneNumber, ...(country && { country }) };
    }),
  );
}

async function membersOf(
  id: string,
  directory: AccountDirectory,
  account: Account,
  resolving: Resolving,
): Promise<QueueMembers | 'unknown'> {
  const members = await listed(directory.queueMembers(id));
  if (members === undefined) return 'unknown';
  const numbers = await Promise.all(members.map((one) => numbersOf(one.id, account, resolving)));
  return {
    extensions: members.flatMap((one) => [one.id, ...(one.extensionNumber ? [one.extensionNumber] : [])]),
    numbers: numbers.flat(),
  };
}

/** Whoever calls a queue may reach any of its members. */
function refuseInHouse(
  extension: Extension,
  members: QueueMembers | 'unknown' | undefined,
  { inHouse }: Resolving,
  parameter: string,
): void {
  const found = members !== 'unknown' && members?.extensions.find((one) => inHouse.has(one));
  if (!found) return;
  throw new Failure(
    'denied',
    `${capital(nameOf(extension))}: in-house emergency services (extension ${found}) are in it. Dial it yourself. This ` +
      'server never places such a call.',
    { parameter },
  );
}

const unreadMembers = (
  extension: Extension,
  members: QueueMembers | 'unknown' | undefined,
  { inHouse }: Resolving,
): string | undefined =>
  members === 'unknown' && inHouse.size > 0
    ? `Whether in-house emergency services are in ${nameOf(extension)} could not be looked up.`
    : undefined;

const withoutKind = ({ extensionNumber, id }: Extension): string =>
  `extension ${extensionNumber ?? `id ${clean(id)}`}`;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

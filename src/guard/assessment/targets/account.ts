import type { Extension } from '../../../ringcentral/wire/lookups.ts';
import { Failure } from '../../../shared/failure.ts';
import { clean } from '../../../shared/untrusted.ts';
import type { AccountDirectory, OwnIdentity } from '../../ports.ts';
import { countryOf } from '../numbers/dialled-number.ts';
import { kindOf } from './extension-kinds.ts';

/** What the policy makes worth looking up, and what it adds to what is known of numbers (`resolvingFor`). */
export interface Resolving {
  /** Extension numbers of in-house emergency services: never a target. */
  inHouse: ReadonlySet<string>;
  /** Words of the operator's for numbers, by E.164. */
  labels: ReadonlyMap<string, string>;
  /** There are rules for targets. */
  rules: boolean;
  /** A rule needs the members of queues, or there are in-house emergency services. */
  members: boolean;
  /** A rule needs the countries of the account's own numbers. */
  countries: boolean;
}

export const plain: Resolving = {
  inHouse: new Set(),
  labels: new Map(),
  rules: false,
  members: false,
  countries: false,
};

interface AccountNumber {
  phoneNumber: string;
  extensionId?: string;
}

/** What is known of the account while one target is resolved. What could not be read is undefined. */
export interface Account {
  self: OwnIdentity | undefined;
  /** E.164. */
  mainNumber: string | undefined;
  extensions: readonly Extension[] | undefined;
  numbers: readonly AccountNumber[] | undefined;
  /** Countries of its main number and of the login's own numbers; undefined where these could not be read. */
  countries(): Promise<readonly string[] | undefined>;
}

export async function readAccount(directory: AccountDirectory): Promise<Account> {
  const [self, mainNumber, extensions, numbers] = await Promise.all([
    known(directory.identity()),
    known(directory.mainNumber()),
    listed(directory.extensions()),
    listed(directory.accountNumbers()),
  ]);
  const countries = () => countriesOf(self, mainNumber, numbers);
  return { self, mainNumber, extensions, numbers, countries };
}

async function countriesOf(
  self: OwnIdentity | undefined,
  mainNumber: string | undefined,
  numbers: readonly AccountNumber[] | undefined,
): Promise<string[] | undefined> {
  const own = numbers?.filter(
    ({ extensionId }) => extensionId !== undefined && extensionId === self?.extensionId,
  );
  const all = [mainNumber, ...(own ?? []).map(({ phoneNumber }) => phoneNumber)];
  const countries = await Promise.all(
    all.map((number) => (number === undefined ? undefined : countryOf(number))),
  );
  const found = countries.filter((country) => country !== undefined);
  return found.length > 0 ? found : undefined;
}

/** A colleague that calls reach; where nothing is told of it, it is neither. */
export const isEnabled = ({ status }: Extension): boolean => status === 'Enabled';
export const isDisabled = ({ status }: Extension): boolean => status !== undefined && status !== 'Enabled';

/** Who an extension is, as a person knows them: `Bob Boss (extension 102)`, `Sales (extension 200, a call queue)`. */
export function identityOf({ extensionNumber, name, type }: Extension): string {
  const kind = type === undefined || type === 'User' ? '' : kindOf(type).words;
  const number = extensionNumber === undefined ? '' : `extension ${clean(extensionNumber)}`;
  if (!name) return [number || 'an extension without a name', kind].filter(Boolean).join(', ');
  const notes = [number, kind].filter(Boolean).join(', ');
  return `${clean(name)}${notes && ` (${notes})`}`;
}

/** `extension 400 «Main Menu», a menu`. */
export function nameOf({ extensionNumber, id, name, type }: Extension): string {
  const number = `extension ${extensionNumber ?? `id ${clean(id)}`}`;
  const words = type === undefined || type === 'User' ? '' : `, ${kindOf(type).words}`;
  return `${number}${name ? ` «${clean(name)}»` : ''}${words}`;
}

/** Every name of the in-house emergency extensions: numbers, ids and direct numbers, as far as they can be read. */
export async function inHouseNames(
  emergency: readonly { extension: string }[],
  directory: AccountDirectory,
): Promise<ReadonlySet<string>> {
  const names = new Set(emergency.map(({ extension }) => extension));
  if (names.size === 0) return names;
  const { extensions, numbers } = await readAccount(directory);
  for (const { id } of extensions?.filter(({ extensionNumber = '' }) => names.has(extensionNumber)) ?? []) {
    names.add(id);
    for (const { phoneNumber, extensionId } of numbers ?? []) if (extensionId === id) names.add(phoneNumber);
  }
  return names;
}

/** A directory that cannot be read knows nothing: the target is outside then. */
export const known = <T>(answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error) => {
    if (error instanceof Failure) return undefined;
    throw error;
  });

/** The same for a list; an empty one is that of a login that is not shown any. */
export const listed = async <T>(answer: Promise<readonly T[]>): Promise<readonly T[] | undefined> => {
  const list = await known(answer);
  return list?.length ? list : undefined;
};

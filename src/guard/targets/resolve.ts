import { Failure } from '../../base/failure.ts';
import { clean } from '../../base/untrusted.ts';
import type { Extension } from '../../ringcentral/wire/lookups.ts';
import type { Target } from '../action.ts';
import type { Directory } from '../ports.ts';
import { isDoubtful, isEmergencyNumber, isNeverExtension } from './emergency.ts';
import { judgeNumber } from './number.ts';

/** Where a call would go, known or judged. What cannot be resolved is outside. */
export interface ResolvedTarget {
  reach: 'inside' | 'outside';
  /** For the question: `+14155550199 (United States)`, `extension 102 (Bob)`. */
  shown: string;
  /** E.164. */
  phoneNumber?: string;
  country?: string;
  extensionNumber?: string;
  /** A number, phone or extension of the login itself. */
  own: boolean;
  /** Why a person is asked whatever the policy allows. */
  unusual?: string;
}

/**
 * Throws `denied` for a number that is never dialled, `invalid_input` for one that is wrongly given, `not_found` for an
 * extension that is nobody's.
 */
export function resolveTarget(
  { kind, value, parameter = kind }: Target,
  directory: Directory,
): Promise<ResolvedTarget> {
  switch (kind) {
    case 'phoneNumber':
      return resolveNumber(value, directory, parameter);
    case 'extensionNumber':
      return resolveExtensionNumber(value, directory, parameter);
    case 'extensionId':
      return resolveExtensionId(value, directory, parameter);
    case 'callFlipId':
      return resolveFlip(value, directory);
  }
}

/** Where an extension goes that was given as a number. */
const forExtensions: Readonly<Record<string, string>> = {
  phoneNumber: 'extensionNumber',
  toPhoneNumber: 'toExtensionNumber',
};

async function resolveNumber(
  value: string,
  directory: Directory,
  parameter: string,
): Promise<ResolvedTarget> {
  const [main, extensionNumber, ...rest] = value.split('*');
  if (main?.startsWith('+') && extensionNumber && rest.length === 0) {
    if ((await known(directory.mainNumber())) === main)
      return resolveExtensionNumber(extensionNumber, directory, parameter, true);
  }
  await refuseExtension(value, directory, parameter);
  const dialled = await judgeNumber(value, parameter);
  const [numbers, self] = await Promise.all([known(directory.accountNumbers()), known(directory.identity())]);
  const ours = numbers?.find(({ phoneNumber }) => phoneNumber === dialled.phoneNumber);
  if (!ours) {
    return {
      ...dialled,
      reach: 'outside',
      shown: `${dialled.phoneNumber}${countryName(dialled.country)}`,
      own: false,
    };
  }
  return {
    ...dialled,
    reach: 'inside',
    shown: `${dialled.phoneNumber} (a number of this account)`,
    own: ours.extensionId !== undefined && ours.extensionId === self?.extensionId,
  };
}

/** A colleague's extension is no number to dial, nor the emergency number that it may be somewhere in the world. */
async function refuseExtension(value: string, directory: Directory, parameter: string): Promise<void> {
  const rightOne = forExtensions[parameter];
  if (!rightOne || !/^\d{2,6}$/.test(value) || isNeverExtension(value)) return;
  const extensions = await listed(directory.extensions());
  if (!extensions?.some(({ extensionNumber }) => extensionNumber === value)) return;
  throw new Failure(
    'invalid_input',
    `${value} is an extension of this account, not a phone number: give it as ${rightOne}.`,
    { parameter },
  );
}

async function resolveExtensionNumber(
  value: string,
  directory: Directory,
  parameter: string,
  behindMain = false,
): Promise<ResolvedTarget> {
  if (!/^\d{1,8}$/.test(value)) {
    // What would be denied as a number is not excused by the wrong parameter.
    if (/[*#]/.test(value) || (isEmergencyNumber(value) && !isDoubtful(value))) {
      await judgeNumber(value, parameter);
    }
    throw new Failure(
      'invalid_input',
      'An extension number has 1 to 8 digits and nothing else. A phone number has a parameter of its own.',
      {
        parameter,
        next: ['find_extensions'],
      },
    );
  }
  const extensions = await listed(directory.extensions());
  const extension = extensions?.find((one) => one.extensionNumber === value);
  const isNobodys = extensions !== undefined && extension === undefined;
  // Where the directory cannot be read, a doubtful number is sooner a colleague's: the person is asked.
  const isEmergency = extension
    ? isNeverExtension(value)
    : isEmergencyNumber(value) && (isNobodys || !isDoubtful(value));
  if (isEmergency) throw emergency(value, parameter, isNobodys);
  if (extension) return inside(extension, directory);
  // Written out with the main number it is meant: there are extensions that a directory hides.
  if (isNobodys && !behindMain) throw nobodys(`extension ${value}`, parameter);
  return outsider(`extension ${value}, which is not known in this account`);
}

const emergency = (value: string, parameter: string, isNobodys: boolean): Failure =>
  new Failure(
    'denied',
    `${isNobodys ? `There is no extension ${value} here, and it is an` : `${value} is an`} emergency number, here or ` +
      'elsewhere: dial it yourself if you mean that. This server never places such a call.',
    { parameter, ...(isNobodys && { next: ['find_extensions'] }) },
  );

async function resolveExtensionId(
  value: string,
  directory: Directory,
  parameter: string,
): Promise<ResolvedTarget> {
  const extensions = await listed(directory.extensions());
  const extension = extensions?.find((one) => one.id === value);
  if (extension) return inside(extension, directory);
  if (extensions) throw nobodys(`extension with the id ${clean(value)}`, parameter);
  return outsider(`extension id ${clean(value)}, which is not known in this account`);
}

const nobodys = (what: string, parameter: string): Failure =>
  new Failure(
    'not_found',
    `There is no ${what} in the directory of this account. One that is hidden there takes its full number, or the ` +
      'main number, * and the extension.',
    { parameter, next: ['find_extensions'] },
  );

/** The guide writes `*2`, the look-up returns `2` (FACTS 2.3, operation 12). */
async function resolveFlip(value: string, directory: Directory): Promise<ResolvedTarget> {
  const flipNumber = value.replace(/^\*/, '');
  const entries = await listed(directory.flipNumbers());
  const entry = entries?.find((one) => one.flipNumber === flipNumber);
  if (!entry && entries) {
    throw new Failure('invalid_input', `Flip number ${clean(value)} is not one of yours.`, {
      parameter: 'callFlipId',
      next: ['list_call_flip_numbers'],
    });
  }
  if (!entry) return outsider(`flip number ${clean(value)}, which is not one of yours`);
  const label = entry.label
    ? `flip number ${flipNumber} (${clean(entry.label)})`
    : `flip number ${flipNumber}`;
  if (entry.device && (await known(directory.devices()))?.some(({ id }) => id === entry.device?.id)) {
    return { reach: 'inside', shown: label, own: true };
  }
  if (!entry.phoneNumber) return outsider(label);
  const target = await resolveNumber(entry.phoneNumber, directory, 'callFlipId');
  return { ...target, shown: `${label}: ${target.shown}` };
}

async function inside(extension: Extension, directory: Directory): Promise<ResolvedTarget> {
  const self = await known(directory.identity());
  const { extensionNumber, name, id } = extension;
  return {
    reach: 'inside',
    shown: `extension ${extensionNumber ?? id}${name ? ` (${clean(name)})` : ''}`,
    ...(extensionNumber && { extensionNumber }),
    own: self?.extensionId === id,
  };
}

const outsider = (shown: string): ResolvedTarget => ({ reach: 'outside', shown, own: false });

/** A directory that cannot be read knows nothing: the target is outside then. */
const known = <T>(answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error) => {
    if (error instanceof Failure) return undefined;
    throw error;
  });

/** The same for a list; an empty one is that of a login that is not shown any. */
const listed = async <T>(answer: Promise<readonly T[]>): Promise<readonly T[] | undefined> => {
  const list = await known(answer);
  return list?.length ? list : undefined;
};

const countryName = (country: string | undefined): string => {
  if (!country) return '';
  const name = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' }).of(country);
  return ` (${name ?? country})`;
};

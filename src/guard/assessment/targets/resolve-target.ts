import { Failure } from '../../../shared/failure.ts';
import { clean } from '../../../shared/untrusted.ts';
import type { Target } from '../../action.ts';
import type { AccountDirectory } from '../../ports.ts';
import { forExtensions, judgeNumber, parseNumber } from '../numbers/dialled-number.ts';
import { isUnmistakable } from '../numbers/emergency.ts';
import { readExtension } from '../numbers/written-number.ts';
import { isDisabled, known, plain, type Resolving, readAccount } from './account.ts';
import {
  numbersOf,
  type Resolver,
  resolveExtension,
  resolveExtensionId,
  resolveExtensionNumber,
} from './extensions.ts';
import type { ResolvedTarget } from './target.ts';

export type { ResolvedTarget } from './target.ts';

/**
 * Finds out where a call would go: one canonical identity, whatever name was given.
 * @param resolving what the policy adds (`resolvingFor`).
 * @throws Failure `denied` for what is never dialled, `invalid_input` for what is wrongly given or of another kind
 * than its parameter says, `not_found` for an extension that is nobody's.
 */
export async function resolveTarget(
  { kind, value, parameter = kind, countryId }: Target,
  directory: AccountDirectory,
  resolving: Resolving = plain,
): Promise<ResolvedTarget> {
  const withAccount = async (): Promise<Resolver> => ({
    ...{ directory, resolving, parameter },
    account: await readAccount(directory),
  });
  const target =
    kind === 'callFlipId'
      ? await resolveFlip(value, directory, resolving, withAccount)
      : await resolveKind(kind, value, await withAccount());
  return countryId === undefined ? target : withPlan(target, countryId);
}

function resolveKind(
  kind: Exclude<Target['kind'], 'callFlipId'>,
  value: string,
  resolver: Resolver,
): Promise<ResolvedTarget> {
  switch (kind) {
    case 'phoneNumber':
      return resolveNumber(value, resolver);
    case 'extensionNumber':
      return resolveExtensionNumber(value, resolver);
    case 'extensionId':
      return resolveExtensionId(value, 'call', resolver);
    case 'voicemail':
    case 'parkOrbit':
      return resolveExtensionId(value, kind, resolver);
  }
}

/** A number in E.164 is the same by every plan; what is shorter may become another. */
function withPlan(target: ResolvedTarget, countryId: number): ResolvedTarget {
  const isSame = target.phoneNumber?.startsWith('+') === true;
  const plan = `the dialling plan of the country with RingCentral's id ${countryId}`;
  return {
    ...target,
    plan: `Dialled by ${plan}${isSame ? '; a number with its country code stays the same' : ''}.`,
    ...(!isSame && {
      identity: `${target.identity} by plan ${countryId}`,
      unusual: target.unusual ?? `It is dialled by ${plan}.`,
    }),
  };
}

async function resolveNumber(value: string, resolver: Resolver): Promise<ResolvedTarget> {
  const { account, resolving, parameter } = resolver;
  const [main, extensionNumber, ...rest] = value.split('*');
  if (main?.startsWith('+') && extensionNumber && rest.length === 0 && account.mainNumber === main) {
    return resolveExtensionNumber(extensionNumber, resolver, main);
  }
  refuseExtension(value, resolver);
  const { unusual, ...dialled } = await judgeNumber(value, parameter, account);
  const { phoneNumber } = dialled;
  const ours = account.numbers?.find((one) => one.phoneNumber === phoneNumber);
  const extension = ours && account.extensions?.find(({ id }) => id === ours.extensionId);
  if (extension) {
    const target = await resolveExtension(extension, 'call', resolver);
    return { ...target, ...dialled, shown: `${target.shown} at ${phoneNumber}` };
  }
  const number = {
    ...dialled,
    identity: `number:${phoneNumber}`,
    numbers: [dialled],
    own: ours?.extensionId !== undefined && ours.extensionId === account.self?.extensionId,
  };
  if (ours && ours.extensionId === undefined) {
    return {
      ...number,
      reach: 'inside',
      shown: `${phoneNumber} (a number of this account)`,
      unusual: `${phoneNumber} is a number of this account that is no extension's, such as that of its menu.`,
      onward: `Where ${phoneNumber} leads is not known here.`,
    };
  }
  const label = resolving.labels.get(phoneNumber);
  const unread = ours !== undefined || account.numbers === undefined || account.extensions === undefined;
  const reason =
    unusual ??
    (unread ? `Whose number ${phoneNumber} is in this account, if any, could not be looked up.` : undefined);
  return {
    ...number,
    reach: 'outside',
    shown: `${label ? `${clean(label)}, ` : ''}${phoneNumber}${countryName(dialled.country)}`,
    ...(unread && { unknown: true }),
    ...(reason && { unusual: reason }),
  };
}

/** A colleague's extension is no number to dial, nor the emergency number that it may be somewhere in the world. */
function refuseExtension(value: string, { account, parameter }: Resolver): void {
  const rightOne = forExtensions[parameter];
  const meant = readExtension(value);
  if (!rightOne || meant === undefined || meant.length < 2 || isUnmistakable(meant)) return;
  if (!account.extensions?.some((one) => one.extensionNumber === meant && !isDisabled(one))) return;
  throw new Failure(
    'invalid_input',
    `${meant} is an extension of this account, not a phone number: give ${meant === value ? 'it' : meant} as ${rightOne}.`,
    { parameter },
  );
}

/** A flip number, by its digit: the guide writes `*2`, the look-up returns `2` (platform.md 2.3.12). */
async function resolveFlip(
  value: string,
  directory: AccountDirectory,
  resolving: Resolving,
  withAccount: () => Promise<Resolver>,
): Promise<ResolvedTarget> {
  const flipNumber = value.replace(/^\*/, '');
  // Where it leads has to be in the question: unread, it could not be asked about.
  const entries = await directory.flipNumbers();
  const entry = entries.find((one) => one.flipNumber === flipNumber);
  if (!entry) {
    throw new Failure('invalid_input', `Flip number ${clean(value)} is not one of yours.`, {
      parameter: 'callFlipId',
      next: ['list_call_flip_numbers'],
    });
  }
  const name = `flip number ${clean(flipNumber)}${entry.label ? ` «${clean(entry.label)}»` : ''}`;
  const of = (identity: string) => `flip:${flipNumber}:${identity}`;
  const device =
    entry.device && (await known(directory.devices()))?.find(({ id }) => id === entry.device?.id);
  const label = entry.label ? ` «${clean(entry.label)}»` : '';
  const own = `your own phone${device?.name ? ` «${clean(device.name)}»` : label}`;
  if (device && !entry.phoneNumber) {
    const account = resolving.rules ? (await withAccount()).account : undefined;
    const self = account?.self;
    return {
      reach: 'inside',
      shown: own,
      identity: of(`device:${device.id}`),
      own: true,
      numbers: account && self ? await numbersOf(self.extensionId, account, resolving) : [],
      ...(self && { extensionNumber: self.extensionNumber, extensionId: self.extensionId }),
    };
  }
  const resolver = await withAccount();
  const countries = await resolver.account.countries();
  const number = entry.phoneNumber && (await canonical(entry.phoneNumber, countries?.[0]));
  if (!number) {
    const shown = `your own phone${label}, whose number is not told`;
    const unusual = `Where ${name} leads is not told.`;
    return {
      reach: 'outside',
      shown,
      identity: of('unknown'),
      own: false,
      numbers: [],
      unusual,
      unknown: true,
    };
  }
  // The number is what is dialled, whatever phone it is said to be of.
  const target = await resolveNumber(number, resolver);
  return { ...target, identity: of(target.identity), shown: shownFlip(target, own, label) };
}

/**
 * A phone outside is the person's own by their word, and its number stands beside it; a colleague's is not theirs.
 */
function shownFlip(target: ResolvedTarget, own: string, label: string): string {
  if (target.own) return own;
  return target.reach === 'outside'
    ? `your own phone${label} at ${target.shown}`
    : `your flip number${label}, which leads to ${target.shown}`;
}

/** A flip number is written as somebody typed it once. What cannot be read is judged as it stands. */
const canonical = async (text: string, country: string | undefined): Promise<string> =>
  (await parseNumber(text, country))?.number ?? text;

const countryName = (country: string | undefined): string => {
  if (!country) return '';
  const name = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' }).of(country);
  return ` (${name ?? country})`;
};

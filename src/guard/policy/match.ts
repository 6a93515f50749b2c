import type { Resolving } from '../assessment/targets/account.ts';
import type { KnownNumber, ResolvedTarget } from '../assessment/targets/target.ts';
import type { Policy, TargetMatch, TargetRule } from './policy.ts';

/**
 * Whether a rule applies to this target, by any of the target's names. A rule that asks or denies also applies to a
 * target that could not be looked up: a failing look-up gets nobody around it.
 */
export function matches(
  { to, verdict }: Pick<TargetRule, 'to' | 'verdict'>,
  target: ResolvedTarget,
): boolean {
  const isStrict = verdict !== 'allow';
  const isUnknown = isStrict && target.unknown === true;
  return (
    matchesNumber(to, target, isStrict) &&
    (to.extension === undefined || isUnknown || matchesExtension(to.extension, target, isStrict)) &&
    (to.own === undefined || isUnknown || target.own === to.own)
  );
}

/** Whether one of the target's numbers fits all that the rule says of numbers. */
function matchesNumber(match: TargetMatch, target: ResolvedTarget, isStrict: boolean): boolean {
  const { number, prefix, country } = match;
  if (!isOfNumbers(match)) return true;
  const { members } = target;
  if (isStrict && members === 'unknown') return true;
  const behind = isStrict && members !== undefined && members !== 'unknown' ? members.numbers : [];
  const numbers = [...target.numbers, ...behind];
  if (numbers.length === 0) return isStrict && target.unknown === true;
  const fits = (one: KnownNumber) =>
    (number === undefined || one.phoneNumber === number) &&
    (prefix === undefined || one.phoneNumber.startsWith(prefix)) &&
    (country === undefined || one.country === country);
  return numbers.some(fits);
}

function matchesExtension(
  extension: string,
  { extensionNumber, members }: ResolvedTarget,
  isStrict: boolean,
): boolean {
  return (
    extensionNumber === extension ||
    (isStrict && members !== undefined && (members === 'unknown' || members.extensions.includes(extension)))
  );
}

const isOfNumbers = ({ number, prefix, country }: TargetMatch): boolean =>
  number !== undefined || prefix !== undefined || country !== undefined;

/** What this policy needs to know of a target. */
export function resolvingFor({ targets, emergency }: Pick<Policy, 'targets' | 'emergency'>): Resolving {
  const labelled = targets.flatMap(({ to: { number, label } }) =>
    number !== undefined && label !== undefined ? [[number, label] as const] : [],
  );
  return {
    inHouse: new Set(emergency.map(({ extension }) => extension)),
    labels: new Map(labelled),
    rules: targets.length > 0,
    members:
      emergency.length > 0 ||
      targets.some(
        ({ to, verdict }) => verdict !== 'allow' && (to.extension !== undefined || isOfNumbers(to)),
      ),
    countries: targets.some(({ to }) => to.country !== undefined),
  };
}

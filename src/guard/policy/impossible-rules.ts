import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { callingCodes } from '../assessment/numbers/ranges-data.ts';
import type { TargetMatch, TargetRule } from './policy.ts';
import type { Mistake } from './policy-document.ts';

/** Tools that send a call somewhere; rules on targets apply to no others. A test holds this list to the tools. */
export const targetTools = [
  'create_call_out_call_session',
  'transfer_call_party',
  'forward_call_party',
  'call_flip_party',
];

/** Codes that people write for countries that have another. */
const mistaken: Readonly<Record<string, string>> = {
  UK: 'GB',
  EN: 'GB',
  EL: 'GR',
  SP: 'ES',
  JA: 'JP',
  KO: 'KR',
};

/** Rules that can never match any target: a mistake of whoever wrote them, who relies on what they say. */
export function impossibleRules(rules: readonly TargetRule[]): Mistake[] {
  return rules.flatMap((rule, index) => {
    const at = (...path: PropertyKey[]) => ['targets', index, ...path];
    const earlier = rules.slice(0, index).findIndex((one) => shadows(one, rule));
    return [
      ...toolMistakes(rule).map(({ path, message }) => ({ path: at(...path), message })),
      ...numberMistakes(rule.to).map(({ path, message }) => ({ path: at('to', ...path), message })),
      ...(earlier < 0
        ? []
        : [
            {
              path: at(),
              message: `never decides: rule ${earlier + 1} means all that it means, and comes first`,
            },
          ]),
    ];
  });
}

function toolMistakes({ tools = [] }: TargetRule): Mistake[] {
  return tools.flatMap((name, place) =>
    targetTools.includes(name)
      ? []
      : [
          {
            path: ['tools', place],
            message: `${name} sends no call anywhere: only ${targetTools.join(', ')} do`,
          },
        ],
  );
}

function numberMistakes({ country, prefix, number }: TargetMatch): Mistake[] {
  const found: Mistake[] = [];
  if (country !== undefined && !isSupportedCountry(country)) {
    const right = Object.hasOwn(mistaken, country) ? mistaken[country] : undefined;
    found.push({
      path: ['country'],
      message: `${country} is not a country with phone numbers${right ? `: write ${right}` : ', by ISO 3166'}`,
    });
  }
  const codes = Object.keys(callingCodes);
  const digits = prefix?.slice(1);
  if (digits !== undefined) {
    const isPossible = codes.some((code) => code.startsWith(digits) || digits.startsWith(code));
    if (!isPossible || digits.length > 15)
      found.push({ path: ['prefix'], message: 'no number begins like this' });
  }
  if (number !== undefined) {
    const parsed = parsePhoneNumberFromString(number);
    if (!parsed?.isPossible()) found.push({ path: ['number'], message: 'there is no number of this length' });
    else if (parsed.number !== number)
      found.push({ path: ['number'], message: `not how this number is written: it is ${parsed.number}` });
  }
  return found.length > 0 ? found : contradictions({ country, prefix, number });
}

/** All members of a rule have to fit one number: of two that cannot, one is a mistake. */
function contradictions({ country, prefix, number }: TargetMatch): Mistake[] {
  const found: Mistake[] = [];
  if (number !== undefined && prefix !== undefined && !number.startsWith(prefix)) {
    found.push({ path: ['number'], message: `no target fits: ${number} does not begin with ${prefix}` });
  }
  if (country === undefined) return found;
  const codes = Object.keys(callingCodes).filter((code) => callingCodes[code]?.split(' ').includes(country));
  const lies = (digits: string) => codes.some((code) => code.startsWith(digits) || digits.startsWith(code));
  const of = `numbers of ${country} begin with ${codes.map((code) => `+${code}`).join(' or ')}`;
  if (prefix !== undefined && !lies(prefix.slice(1))) {
    found.push({ path: ['prefix'], message: `no target fits: ${of}, not ${prefix}` });
  }
  const home = number === undefined ? undefined : parsePhoneNumberFromString(number)?.country;
  if (number !== undefined && !lies(number.slice(1))) {
    found.push({ path: ['number'], message: `no target fits: ${of}, not ${number}` });
  } else if (home !== undefined && home !== country) {
    found.push({
      path: ['number'],
      message: `no target fits: ${number} is a number of ${home}, not of ${country}`,
    });
  }
  return found;
}

/** Whether the earlier rule decides everything that the later one means, so that the later one never counts. */
function shadows(earlier: TargetRule, later: TargetRule): boolean {
  const { label: _, ...of } = later.to;
  const toolsCovered =
    earlier.tools === undefined || later.tools?.every((name) => earlier.tools?.includes(name));
  return toolsCovered === true && covers(earlier, { ...later, to: of });
}

function covers({ to, verdict }: TargetRule, later: TargetRule): boolean {
  const { number, prefix, country, extension, own } = to;
  const begins = later.to.number ?? later.to.prefix;
  // A rule that asks or denies means more than one that allows the same extension, but for the very same match.
  const isSame =
    extension === undefined || verdict !== 'allow' || later.verdict === 'allow' || same(to, later.to);
  return (
    isSame &&
    (number === undefined || later.to.number === number) &&
    (prefix === undefined || begins?.startsWith(prefix) === true) &&
    (country === undefined || later.to.country === country) &&
    (extension === undefined || later.to.extension === extension) &&
    (own === undefined || later.to.own === own)
  );
}

const same = ({ label: _, ...a }: TargetMatch, b: TargetMatch): boolean =>
  Object.keys(a).length === Object.keys(b).length;

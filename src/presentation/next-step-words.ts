import type { CallOutline } from '../calls/store/views.ts';
import { isConference } from '../ringcentral/wire/session.ts';
import type { NextStep } from '../shared/next-step.ts';
import type { Known, Offer, OpenParameter, Verbs } from './next-step-offers.ts';
import { nameInAdvice, otherSideOf } from './person-names.ts';

/** Of so many things that a look-up has found steps are given; of more it is not known which is meant. */
const mostChoices = 3;

/**
 * An offer as a step in words; once a look-up has found something, a step for each that the offer was open for, and
 * none where it was open for nothing of the kind.
 * @param args of the tool, without the parameter that the offer leaves open
 */
export function stepsOf(
  { tool, why, does, open }: Offer,
  args: Record<string, unknown>,
  situation: Partial<Known>,
): NextStep[] {
  const { choices } = situation;
  const reason = inWords(does ? withVerb(why, does, args) : why, situation);
  if (choices === undefined) return [{ tool, arguments: args, why: open ? askingFor(open, reason) : reason }];
  if (open?.from !== choices.from || choices.found.length > mostChoices) return [];
  return choices.found.flatMap(({ name, values }) => {
    const parameter = fillableOf(open).find((one) => values[one] !== undefined);
    if (parameter === undefined) return [];
    const chosen = { ...args, [parameter]: values[parameter] };
    return [{ tool, arguments: chosen, why: withChoice(reason, nameInAdvice(name)) }];
  });
}

const parametersOf = ({ parameter, or }: OpenParameter): string[] => [parameter, ...or];
const fillableOf = (open: OpenParameter): string[] => [...parametersOf(open), ...(open.onceFound ?? [])];

const askingFor = (open: OpenParameter, reason: string): string =>
  `${withChoice(reason, open.unknown)}: add ${parametersOf(open).join(' or ')}`;

const withChoice = (reason: string, chosen: string): string => reason.replace('{choice}', () => chosen);

const withVerb = (why: string, { by, ...verbs }: Verbs, args: Record<string, unknown>): string =>
  why.replace('{does}', args[by] === true ? verbs.true : verbs.false);

const inWords = (why: string, { call, second }: Partial<Known>): string =>
  why.replace('{them}', () => whoIsOn(call)).replace('{second}', () => whoIsOn(second));

const whoIsOn = (call: CallOutline | undefined): string =>
  call && isConference(call) ? 'the others' : otherSideOf(call);

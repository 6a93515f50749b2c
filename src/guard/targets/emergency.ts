import type { SessionView } from '../../calls/view.ts';
import type { Endpoint } from '../../ringcentral/wire/session.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import type { Action } from '../action.ts';

/**
 * Emergency numbers, our own table: libphonenumber's metadata has none for JavaScript. The first group works in many
 * countries and is never an extension; the second holds national numbers, which may also be extension numbers; the
 * third those that mostly are, and `9911` or `0112` of whoever is used to dial a prefix.
 */
const worldwide = ['911', '112', '999', '000', '988', '933'];
const national = [
  ...['110', '111', '113', '114', '115', '117', '118', '119', '120', '122', '144', '155', '158'],
  ...['190', '191', '192', '193', '197', '199', '15', '17', '18', '061', '066', '091', '997', '998', '995'],
];
const doubtful = new RegExp(
  `^(?:${[
    ...[
      '10\\d',
      '116',
      '12[35789]',
      '13[1-3]',
      '140',
      '150',
      '156',
      '160',
      '166',
      '171',
      '175',
      '180',
      '19[4568]',
    ],
    ...[
      '19',
      '062',
      '080',
      '085',
      '09[23]',
      '99[23]',
      '1122',
      '10111',
      '(?:0|9|00|011)(?:911|112|999)',
      '1911',
    ],
  ].join('|')})$`,
);

/** Only digits count: what stands between them is not dialled. */
const digitsOf = (dialled: string): string => dialled.replace(/[^\d]/g, '');

/** `+1911` means 911 too: with a country code in front it is no valid number. */
const means = (dialled: string, numbers: readonly string[]): boolean => {
  const digits = digitsOf(dialled);
  if (numbers.includes(digits)) return true;
  return dialled.startsWith('+') && digits.length <= 6 && numbers.some((number) => digits.endsWith(number));
};

/** A number that is more often a colleague's than one of emergency services. */
export const isDoubtful = (dialled: string): boolean => doubtful.test(digitsOf(dialled));

/** Works in many countries: it wins over an extension of the same digits. */
export const isNeverExtension = (dialled: string): boolean => means(dialled, worldwide);

export const isEmergencyNumber = (dialled: string): boolean =>
  means(dialled, worldwide) || means(dialled, national) || isDoubtful(dialled);

/**
 * Emergency services are on this call: somebody dialled them, or they call back (FACTS 2.2). Where a colleague was
 * called, only the worldwide numbers count: `122` was their extension then. `102` counts only where an outsider is
 * seen to be called: of a call that just began, nothing but its number is known.
 */
export function isEmergencyCall(call: Pick<SessionView, 'parties'>): boolean {
  const live = call.parties.filter((party) => !hasLeft(party));
  const called = live.filter(({ direction }) => direction === 'Inbound');
  const colleagueCalled = called.some(({ extensionId }) => extensionId !== undefined);
  const isCalled = (dialled: string): boolean => {
    if (colleagueCalled) return means(dialled, worldwide);
    return called.length > 0
      ? isEmergencyNumber(dialled)
      : means(dialled, worldwide) || means(dialled, national);
  };
  return live.some(
    ({ attributes, from, to }) =>
      attributes?.emergencyCallback === true ||
      isOutside(from, (number) => means(number, worldwide)) ||
      isOutside(to, isCalled),
  );
}

const isOutside = (endpoint: Endpoint | undefined, test: (dialled: string) => boolean): boolean =>
  endpoint?.phoneNumber !== undefined && endpoint.extensionId === undefined && test(endpoint.phoneNumber);

/** All that may be done on such a call besides reading: giving sound back. */
export function isHarmlessInEmergency({ tool, args }: Pick<Action, 'tool' | 'args'>): boolean {
  if (tool === 'unhold_call_party') return true;
  return tool === 'update_call_party' && args.muted === false && args.standAlone === undefined;
}

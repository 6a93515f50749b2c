import type { SessionView } from '../../calls/view.ts';
import type { Endpoint } from '../../ringcentral/wire/session.ts';
import { hasLeft } from '../../ringcentral/wire/session.ts';
import type { Action } from '../action.ts';

/**
 * Emergency numbers, our own table: libphonenumber's metadata has none for JavaScript. The first group works in many
 * countries and is never an extension; the second holds national numbers, which may also be extension numbers.
 */
const worldwide = ['911', '112', '999', '000', '988', '933'];
const national = [
  ...['110', '111', '113', '114', '115', '117', '118', '119', '120', '122', '144', '155', '158'],
  ...['190', '191', '192', '193', '197', '199', '15', '17', '18', '061', '066', '091', '997', '998', '995'],
];

/** `+1911` and `0911` mean 911 too: with a country code in front they are no valid number. */
const means = (dialled: string, numbers: readonly string[]): boolean => {
  const digits = dialled.replace(/[^\d]/g, '');
  if (numbers.includes(digits)) return true;
  return dialled.startsWith('+') && digits.length <= 6 && numbers.some((number) => digits.endsWith(number));
};

export const isEmergencyNumber = (dialled: string): boolean =>
  means(dialled, worldwide) || means(dialled, national);

/**
 * Emergency services are on this call: somebody dialled them, or they call back (FACTS 2.2). Where a colleague was
 * called, only the worldwide numbers count: `122` was their extension then.
 */
export function isEmergencyCall(call: Pick<SessionView, 'parties'>): boolean {
  const live = call.parties.filter((party) => !hasLeft(party));
  const colleagueCalled = live.some(
    (party) => party.direction === 'Inbound' && party.extensionId !== undefined,
  );
  return live.some(
    ({ attributes, from, to }) =>
      attributes?.emergencyCallback === true ||
      isEmergencyEndpoint(from, worldwide) ||
      isEmergencyEndpoint(to, colleagueCalled ? worldwide : [...worldwide, ...national]),
  );
}

const isEmergencyEndpoint = (endpoint: Endpoint | undefined, numbers: readonly string[]): boolean =>
  endpoint?.phoneNumber !== undefined &&
  endpoint.extensionId === undefined &&
  means(endpoint.phoneNumber, numbers);

/** All that may be done on such a call besides reading: giving sound back. */
export function isHarmlessInEmergency({ tool, args }: Pick<Action, 'tool' | 'args'>): boolean {
  if (tool === 'unhold_call_party') return true;
  return tool === 'update_call_party' && args.muted === false && args.standAlone === undefined;
}

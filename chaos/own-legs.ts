import type { TrueCall, TrueParty } from '../test/e2e/support/control.ts';

export interface OwnLeg {
  telephonySessionId: string;
  party: TrueParty;
}

/** The live parties of an extension. */
export const ownLegs = (calls: readonly TrueCall[], extensionId: string): OwnLeg[] =>
  calls.flatMap(({ telephonySessionId, parties }) =>
    parties
      .filter((party) => String(party.extensionId) === extensionId)
      .filter(({ status }) => !/Disconnected|Gone/.test(status.code))
      .map((party) => ({ telephonySessionId, party })),
  );

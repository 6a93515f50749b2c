import { foldStatus } from '../../src/ringcentral/wire/session.ts';

/** A party, as the picture, an event and the sandbox's state have it alike. */
export interface Party {
  id: string;
  extensionId?: string;
  status: { code: string };
  muted?: boolean;
}

/** All of a party that is compared, in words. */
export const stateOf = ({ status, muted = false }: Party): string =>
  `${foldStatus(status.code)}${muted ? ' muted' : ''}`;

export const isLive = ({ status }: Party): boolean => !/^(Disconnected|Gone)$/.test(foldStatus(status.code));

/** Party and state of every live party that the scope covers; a call among outsiders is not the account's. */
export function covered(calls: readonly { parties: readonly Party[] }[], me?: string): string[] {
  return coveredParties(calls, me)
    .map((party) => `${party.id} ${stateOf(party)}`)
    .sort();
}

/** `me`: only this extension's parties, as at extension scope. */
export function coveredParties(calls: readonly { parties: readonly Party[] }[], me?: string): Party[] {
  return calls
    .filter(({ parties }) => parties.some(({ extensionId }) => extensionId !== undefined))
    .flatMap(({ parties }) => parties)
    .filter((party) => isLive(party) && (me === undefined || party.extensionId === me));
}

/** Nobody who is in voicemail is in presence (FACTS 4.8), so such a call cannot be found when it was never heard of. */
export const isInPresence = (call: { parties: readonly Party[] }, me?: string): boolean =>
  coveredParties([call], me).some(
    ({ extensionId, status }) => extensionId !== undefined && !/^VoiceMail/i.test(status.code),
  );

/** What each party was, and when. */
export class Past {
  readonly #states = new Map<string, { state: string; from: number }[]>();

  /** The party has become this. */
  note(party: Party, at: number): void {
    const states = this.#states.get(party.id) ?? [];
    states.push({ state: stateOf(party), from: at });
    this.#states.set(party.id, states);
  }

  /** Whether the party was in this state at any moment since then. */
  wasTrue(party: Party, since: number): boolean {
    const states = this.#states.get(party.id) ?? [];
    return states.some(({ state }, index) => {
      const until = states[index + 1]?.from ?? Number.POSITIVE_INFINITY;
      return state === stateOf(party) && until >= since;
    });
  }
}

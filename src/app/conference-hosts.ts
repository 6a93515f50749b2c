import { isHosting } from '../calls/store/party.ts';
import type { SessionView } from '../calls/store/views.ts';
import type { CallParty } from '../ringcentral/wire/session.ts';
import { BoundedMap } from '../shared/bounded.ts';

interface Calls {
  session(telephonySessionId: string): SessionView | undefined;
  onParty(listener: (telephonySessionId: string, party: CallParty) => void): () => void;
}

/** So many conferences are remembered until it is known whose host it was. */
const mostJoined = 20;

/**
 * Knows whether a phone of this login has ever joined a conference of its own: REST can open a conference, but only a
 * phone that dials in by SIP makes anything of it (platform.md 10.4), and no look-up tells which login has one.
 */
export class ConferenceHosts {
  readonly #calls: Calls;
  /** Hosts that have joined, by call: which party is the login's own may be known only later. */
  readonly #joined = new BoundedMap<string, string>(mostJoined);
  #hasJoined = false;

  constructor(calls: Calls) {
    this.#calls = calls;
    calls.onParty((telephonySessionId, party) => {
      if (!this.hasJoined && isHosting(party)) this.#joined.set(telephonySessionId, party.id);
    });
  }

  /** Whether one was seen to join since this process began. */
  get hasJoined(): boolean {
    this.#hasJoined ||= [...this.#joined].some(([call, id]) => this.#calls.session(call)?.yourPartyId === id);
    return this.#hasJoined;
  }
}

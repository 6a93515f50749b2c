import type { SessionView } from '../calls/store/views.ts';
import type { CallParty } from '../ringcentral/wire/session.ts';

interface Calls {
  session(telephonySessionId: string): SessionView | undefined;
  onParty(listener: (telephonySessionId: string, party: CallParty) => void): () => void;
}

/**
 * Knows whether a phone of this login has ever joined a conference of its own: REST can open a conference, but only a
 * phone that dials in by SIP makes anything of it (platform.md 10.4), and no look-up tells which login has one.
 */
export class ConferenceHosts {
  #hasJoined = false;

  constructor(calls: Calls) {
    const stop = calls.onParty((telephonySessionId, { id, conferenceRole, status }) => {
      if (conferenceRole !== 'Host' || status.code !== 'Answered') return;
      if (calls.session(telephonySessionId)?.yourPartyId !== id) return;
      this.#hasJoined = true;
      stop();
    });
  }

  /** Whether one was seen to join since this process began. */
  get hasJoined(): boolean {
    return this.#hasJoined;
  }
}

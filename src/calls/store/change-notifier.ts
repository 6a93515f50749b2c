import type { CallParty } from '../../ringcentral/wire/session.ts';
import { Listeners, type OnDefect } from '../../shared/listeners.ts';
import type { ReadReason } from './call-store-types.ts';
import type { History } from './history.ts';
import type { SessionRegistry } from './session-registry.ts';
import type { SessionState } from './session-state.ts';
import type { Change } from './views.ts';

/** Tells the listeners of the store, and its history, what happens to the calls. */
export class ChangeNotifier {
  readonly changes: Listeners<[Change]>;
  readonly readRequests: Listeners<[telephonySessionId: string, readReason: ReadReason]>;
  readonly parties: Listeners<[telephonySessionId: string, party: CallParty]>;
  readonly #registry: SessionRegistry;
  readonly #history: History;

  constructor(registry: SessionRegistry, history: History, onDefect: OnDefect | undefined) {
    this.#registry = registry;
    this.#history = history;
    this.changes = new Listeners(onDefect);
    this.readRequests = new Listeners(onDefect);
    this.parties = new Listeners(onDefect);
  }

  /**
   * An event or a reading changed these parties, or how fresh they are.
   * @param wasListed whether the call was listed before
   * @param reshaped a party joined or left
   */
  changed(session: SessionState, partyIds: string[], wasListed: boolean, reshaped: boolean): void {
    const isListed = this.#registry.isListed(session);
    const listed = isListed !== wasListed || (isListed && reshaped);
    this.changes.emit({ telephonySessionId: session.id, partyIds, listed });
  }

  /** The links of a call changed, or the call at their other end. */
  linked(telephonySessionId: string): void {
    this.changes.emit({ telephonySessionId, partyIds: [], listed: false });
  }

  /** A call that was stale has been read again, and nothing is different. */
  seenAgain(telephonySessionId: string): void {
    this.changes.emit({ partyIds: [], listed: false, seenAgain: true, telephonySessionId });
  }

  /** A call became stale, or fresh, with all of its parties. */
  freshnessChanged({ id, parties }: SessionState): void {
    const partyIds = parties.map(({ party }) => party.id);
    this.changes.emit({ telephonySessionId: id, partyIds, listed: false });
  }

  /** All live calls became stale, or fresh. */
  allChanged(): void {
    for (const session of this.#registry.live()) this.freshnessChanged(session);
  }

  /**
   * A party is now as `party` says, or was at `time`, when the event `isLate`. The history leaves out what happens in
   * a hidden RingOut session: the session that is shown has the same in its own.
   * @param time epoch ms
   */
  partyChanged(session: SessionState, party: CallParty, time: number, isLate: boolean): void {
    this.parties.emit(session.id, party);
    if (!this.#registry.isHidden(session.id)) this.#history.add(session.id, party, time, isLate);
  }
}

import { type CallParty, type CallSession, hasLeft } from '../../ringcentral/wire/session.ts';
import type { MergeCounts } from './call-store-types.ts';
import type { ChangeNotifier } from './change-notifier.ts';
import { isSessionDoubted, isSessionStale } from './freshness.ts';
import type { LinkTracker } from './link-tracker.ts';
import type { Positions } from './log-positions.ts';
import { mergeNotFound, mergePartySnapshot, mergeSnapshot, type SnapshotEffect } from './merge.ts';
import { looksSame } from './party.ts';
import type { SessionRegistry } from './session-registry.ts';
import { isOver, ownPartyState, type SessionState } from './session-state.ts';
import type { StoreFreshness } from './store-freshness.ts';

export interface ReadingMergerOptions {
  registry: SessionRegistry;
  positions: Positions;
  freshness: StoreFreshness;
  linkTracker: LinkTracker;
  notifier: ChangeNotifier;
  counts: MergeCounts;
  /** Adds a call; undefined when there is no room for it. */
  add: (telephonySessionId: string) => SessionState | undefined;
}

/**
 * The platform may answer 404 for a call that it has just announced; such an answer is asked for again. When the last
 * that it told is that the own leg has left, 404 is no surprise: the call is over.
 */
const settlingMs = 5_000;

/** Merges what the platform answered to requests into the calls, and tells what changed. */
export class ReadingMerger {
  readonly #options: ReadingMergerOptions;

  constructor(options: ReadingMergerOptions) {
    this.#options = options;
  }

  /** See `CallStore.snapshot`. */
  snapshot(snapshot: CallSession, requestedAt: number): void {
    const { registry, add } = this.#options;
    const known = registry.get(snapshot.id);
    const session = known ?? add(snapshot.id);
    if (!session) return;
    const wasListed = known !== undefined && registry.isListed(known);
    this.#read(session, wasListed, () => mergeSnapshot(session, snapshot, requestedAt));
  }

  /** See `CallStore.snapshotParty`. */
  snapshotParty(telephonySessionId: string, party: CallParty, requestedAt: number): void {
    const { registry } = this.#options;
    const session = registry.get(telephonySessionId);
    if (!session) return;
    this.#read(session, registry.isListed(session), () => mergePartySnapshot(session, party, requestedAt));
  }

  /** See `CallStore.notFound`. */
  notFound(telephonySessionId: string, requestedAt: number): void {
    const { registry, freshness, notifier } = this.#options;
    const session = registry.get(telephonySessionId);
    if (!session) return;
    const own = ownPartyState(session, freshness.ownExtensionId);
    const isNew = session.lastEventAt > requestedAt - settlingMs && !(own && hasLeft(own.party));
    if (!isOver(session) && isNew) {
      notifier.readRequests.emit(telephonySessionId, 'not found too early');
      return;
    }
    this.#read(session, registry.isListed(session), () => mergeNotFound(session, requestedAt));
  }

  /** Runs `merge`, which changes `session`, and tells what is different after it. */
  #read(session: SessionState, wasListed: boolean, merge: () => SnapshotEffect): void {
    const { registry, positions, linkTracker, notifier, counts } = this.#options;
    counts.readings += 1;
    const freshness = this.#options.freshness.now();
    const wasStale = isSessionStale(session, freshness);
    const wasDoubted = isSessionDoubted(session, freshness);
    const effect = merge();
    for (const { state, before } of effect) {
      if (before && looksSame(before, state.party)) continue;
      notifier.partyChanged(session, state.party, state.at, false);
      linkTracker.note(session, state.party, before === undefined);
    }
    const reshaped = effect.some(({ state, before }) => before === undefined || hasLeft(state.party));
    if (!registry.settle(session, positions.time(), reshaped || session.gone)) counts.noRoom += 1;
    if (effect.length === 0 && wasDoubted === isSessionDoubted(session, freshness)) {
      // No change tells that a call got old, so none tells that it is fresh again.
      if (wasStale) notifier.seenAgain(session.id);
      return;
    }
    const partyIds = effect.map(({ state }) => state.party.id);
    notifier.changed(session, partyIds, wasListed, reshaped);
    if (reshaped) linkTracker.noteEnd(session);
  }
}

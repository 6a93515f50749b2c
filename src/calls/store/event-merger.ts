import type { TelephonyEvent } from '../../ringcentral/wire/event.ts';
import type { Scope } from '../../ringcentral/wire/scope.ts';
import { type CallParty, hasLeft } from '../../ringcentral/wire/session.ts';
import type { MergeCounts, ReadReason } from './call-store-types.ts';
import type { ChangeNotifier } from './change-notifier.ts';
import { createEventTimeReader } from './event-time.ts';
import type { LinkTracker } from './link-tracker.ts';
import type { Positions } from './log-positions.ts';
import { type EventEffect, mergeEvent, showsOnlyHold } from './merge.ts';
import { noteSequence } from './sequence-gaps.ts';
import type { SessionRegistry } from './session-registry.ts';
import { findParty, isOver, type SessionState } from './session-state.ts';

export interface EventMergerOptions {
  scope: Scope;
  registry: SessionRegistry;
  positions: Positions;
  linkTracker: LinkTracker;
  notifier: ChangeNotifier;
  counts: MergeCounts;
  /** Adds a call; undefined when there is no room for it. */
  add: (telephonySessionId: string) => SessionState | undefined;
  /** What the host's clock showed at a time of the platform, both in epoch ms. */
  hostTime: (platformTime: number) => number;
}

/** What merging the parties of one event did. */
interface MergedEvent {
  partyIds: string[];
  /** A party joined or left. */
  reshaped: boolean;
  readReason: ReadReason | undefined;
}

/** Whether the party is known, and the event shows no more than that it holds or comes back. */
function isHoldAlone(session: SessionState, party: CallParty): boolean {
  const state = findParty(session, party.id);
  return state !== undefined && showsOnlyHold(state, party);
}

const isLate = (effect: EventEffect): boolean => effect === 'late' || effect === 'doubtful';

/** Merges events into the calls, tells what changed, and asks for a reading of what an event cannot tell. */
export class EventMerger {
  readonly #options: EventMergerOptions;
  readonly #timeOf = createEventTimeReader();

  constructor(options: EventMergerOptions) {
    this.#options = options;
  }

  /** See `CallStore.apply`. */
  apply(event: TelephonyEvent, receivedAt: number): void {
    const { scope, registry, positions, linkTracker, notifier, counts, add } = this.#options;
    counts.events += 1;
    if (event.parties.length === 0) {
      notifier.readRequests.emit(event.telephonySessionId, 'event without parties');
      return;
    }
    const at = positions.stampAt(receivedAt);
    const known = registry.get(event.telephonySessionId);
    const session = known ?? add(event.telephonySessionId);
    if (!session) return;
    const wasListed = known !== undefined && registry.isListed(known);
    this.#noteHead(session, event);
    const hasGap = scope === 'account' && noteSequence(session, event.sequence, at);
    if (hasGap) session.gaps += 1;
    const merged = this.#mergeParties(session, event, at);
    if (!registry.settle(session, at, merged.reshaped)) counts.noRoom += 1;
    if (merged.partyIds.length > 0 || hasGap) {
      notifier.changed(session, merged.partyIds, wasListed, merged.reshaped);
      if (merged.reshaped) linkTracker.noteEnd(session);
    }
    const readReason = merged.readReason ?? (hasGap ? 'sequence gap' : undefined);
    if (readReason) notifier.readRequests.emit(session.id, readReason);
  }

  /** Takes over what an event says of the call itself. */
  #noteHead(session: SessionState, event: TelephonyEvent): void {
    const { registry, linkTracker } = this.#options;
    session.origin ??= registry.sharedOrigin(event.origin);
    if (event.sequence < session.creationSequence) {
      session.creationTime = event.eventTime;
      session.creationSequence = event.sequence;
    }
    linkTracker.noteLegacyId(session, event.sessionId);
  }

  #mergeParties(session: SessionState, event: TelephonyEvent, at: number): MergedEvent {
    const { scope, linkTracker, notifier, hostTime } = this.#options;
    const merged: MergedEvent = { partyIds: [], reshaped: false, readReason: undefined };
    const time = hostTime(this.#timeOf(event.eventTime)) || at;
    let isOtherUnknown = false;
    for (const party of event.parties) {
      // With the whole account's events nobody is unknown.
      const hasUnknown = scope === 'extension' && !isHoldAlone(session, party);
      const effect = mergeEvent(session, party, event.sequence, time, at);
      this.#count(effect);
      if (effect === 'known' || effect === 'full') continue;
      // Nearly always the only one; push would reserve room for sixteen more.
      if (merged.partyIds.length === 0) merged.partyIds = [party.id];
      else merged.partyIds.push(party.id);
      if (effect === 'added' || hasLeft(party)) merged.reshaped = true;
      if (effect === 'doubtful') merged.readReason = 'event against reading';
      if (effect === 'rival') merged.readReason = 'event against event';
      if (!isLate(effect)) {
        session.lastEventAt = at;
        isOtherUnknown ||= hasUnknown;
      }
      if (effect !== 'confirmed') notifier.partyChanged(session, party, time, isLate(effect));
      linkTracker.note(session, party, effect === 'added');
    }
    if (isOtherUnknown && !isOver(session)) merged.readReason ??= 'other parties unknown';
    return merged;
  }

  #count(effect: EventEffect): void {
    const { counts } = this.#options;
    if (effect === 'known') counts.known += 1;
    if (isLate(effect)) counts.late += 1;
    if (effect === 'full') counts.noRoom += 1;
  }
}

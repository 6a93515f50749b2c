import type { Engine, Notification } from 'ringcentral-sandbox/testing';
import type { CallStore } from '../../src/calls/store/call-store.ts';
import type { PartyView } from '../../src/calls/store/views.ts';
import type { Scope } from '../../src/ringcentral/wire/scope.ts';
import { foldStatus } from '../../src/ringcentral/wire/session.ts';
import type { ToolResult } from '../../src/tools/runtime/result.ts';
import { claimsOf } from './reported-states.ts';

/** Presence is read so often (calls/sync/reconciler.ts), whatever is known. */
export const roundMs: Record<Scope, number> = { extension: 60_000, account: 300_000 };
/** A round tells what to read; this is until it has been read, slow answers included. */
const readingMs = 5_000;
/**
 * Mute is not in presence: live calls are read in turn after it, so much later for each
 * (calls/sync/rolling-refresh.ts).
 */
const turnMs = 6_000;
/**
 * So long a reading counts where no events come: of other parties at extension scope, of all while the wire is cut.
 */
const readingCountsMs = 3_000;
/**
 * So old is what an agent is told without its age, at most: a reading counts so long, and its answer has been on its
 * way from half-way through the slowest request.
 */
const toldWithinMs = readingCountsMs + 1_000;

/** A party, as the picture, an event and the sandbox's state have it alike. */
export interface Party {
  id: string;
  extensionId?: string;
  status: { code: string };
  muted?: boolean;
}
export type Calls = readonly { telephonySessionId?: string; parties: readonly Party[] }[];

/** The one party that an event names (platform.md 4.3). */
export const partyOf = ({ kind, body }: Notification): Party | undefined =>
  kind === 'telephony' ? (body as { parties: Party[] }).parties[0] : undefined;

const hasLeft = ({ status }: Party): boolean => /^(Disconnected|Gone)$/.test(foldStatus(status.code));

/** All of a party that is compared, in words. Who has left has no voice to mute. */
const stateOf = (party: Party): string =>
  `${foldStatus(party.status.code)}${party.muted && !hasLeft(party) ? ' muted' : ''}`;

/** Live parties that the scope covers; a call among outsiders is not the account's. `me`: only this extension's. */
function coveredParties(calls: Calls, me?: string): Party[] {
  return calls
    .filter(({ parties }) => parties.some(({ extensionId }) => extensionId !== undefined))
    .flatMap(({ parties }) => parties)
    .filter((party) => !hasLeft(party))
    .filter(({ extensionId }) => me === undefined || extensionId === me);
}

/** Party and state of every live party that the scope covers. */
export const covered = (calls: Calls, me?: string): string[] =>
  coveredParties(calls, me)
    .map((party) => `${party.id} ${stateOf(party)}`)
    .sort();

/**
 * Presence tells of calls that an extension has: not of one in voicemail (platform.md 4.8), nor of one whose only
 * party is a parked outsider. Such a call cannot be found when it was never heard of.
 */
const isInPresence = (call: { parties: readonly Party[] }, me?: string): boolean =>
  coveredParties([call], me).some(
    ({ extensionId, status }) => extensionId !== undefined && !/^VoiceMail/i.test(status.code),
  );

/** What the picture shows, and what may excuse that it is wrong. */
export interface Shown {
  calls: CallStore;
  /** Events come in. */
  isConnected: boolean;
  /** It says that it knows all calls. */
  isComplete: boolean;
  /** Since when it cannot know better about this party; undefined when it should know all of it. */
  excuse(partyId: string): number | undefined;
}

/**
 * How long after a loss without a trace the picture may not know of it. `failures`: readings that failed since; what
 * a round could not read is left to the next.
 */
export function lossIsFoundWithin(
  scope: Scope,
  { failures, liveCount }: { failures: number; liveCount: number },
): number {
  return (1 + failures) * roundMs[scope] + liveCount * turnMs + readingMs;
}

/** What was true in the sandbox, and when; judges by it what is shown. */
export class GroundTruth {
  readonly #engine: Engine;
  readonly #now: () => number;
  readonly #me: string | undefined;
  readonly #past = new Map<string, { state: string; from: number }[]>();
  readonly #sessionIds = new Set<string>();

  /** `me`: the extension whose events come, at extension scope. */
  constructor(engine: Engine, now: () => number, me: string | undefined) {
    this.#engine = engine;
    this.#now = now;
    this.#me = me;
    engine.subscribe((notification) => {
      const party = partyOf(notification);
      if (!party) return;
      const states = this.#past.get(party.id) ?? [];
      states.push({ state: stateOf(party), from: now() });
      this.#past.set(party.id, states);
      this.#sessionIds.add((notification.body as { telephonySessionId: string }).telephonySessionId);
    });
  }

  /** Of the calls of `/state`, those that the picture knows or could find. */
  findable(state: Calls, shown: CallStore): Calls {
    return state.filter(
      (call) => shown.session(call.telephonySessionId ?? '') !== undefined || isInPresence(call, this.#me),
    );
  }

  /** What is shown as fresh and has not been true within its bound, or is missing beyond it. */
  lies(shown: Shown): string[] {
    const sessions = [...this.#sessionIds].flatMap((id) => shown.calls.session(id) ?? []);
    const parties = sessions.flatMap((session) => session.parties);
    const untrue = parties.filter(
      (party) => !party.stale && !this.#wasTrue(party, this.#since(party, shown)),
    );
    const isShown = new Set(parties.map(({ id }) => id));
    const missing = this.#engine.state().calls.flatMap((call) => {
      const session = shown.calls.session(call.telephonySessionId);
      const isSure = session ? !session.stale : shown.isComplete && isInPresence(call, this.#me);
      if (!isSure) return [];
      // Without events the parties are those of the last reading.
      const readAt = session && !shown.isConnected ? this.#readAt(session) : Number.POSITIVE_INFINITY;
      return coveredParties([call], this.#me)
        .filter(({ id }) => !isShown.has(id) && shown.excuse(id) === undefined)
        .filter(({ id }) => (this.#past.get(id)?.[0]?.from ?? 0) <= readAt);
    });
    return [
      ...untrue.map((party) => `${party.id} is not ${stateOf(party)}`),
      ...missing.map((party) => `${party.id} is missing, which is ${stateOf(party)}`),
    ];
  }

  /**
   * What an answer of a tool tells that has not been true within `toldWithinMs`, in its text: what it says of a party
   * without saying how old it is, that there is no call, and, where it does not doubt itself, a call that it leaves
   * out.
   */
  told({ text, data }: ToolResult, { excuse }: Pick<Shown, 'excuse'>): string[] {
    const since = (partyId: string) =>
      Math.min(this.#now() - toldWithinMs, excuse(partyId) ?? Number.POSITIVE_INFINITY);
    const untrue = claimsOf(text).filter(
      ({ partyId, code }) =>
        !this.#states(partyId, since(partyId)).some(({ state }) => state.split(' ')[0] === code),
    );
    const { feed } = data as { feed?: { stale: boolean } };
    const saysAll = /^No active calls/.test(text) || feed?.stale === false;
    const missing = saysAll
      ? this.#liveSince(this.#now() - toldWithinMs).filter(
          ({ id }) => !text.includes(id) && excuse(id) === undefined,
        )
      : [];
    return [
      ...untrue.map(({ partyId, code }) => `it is told that ${partyId} is ${code}`),
      ...missing.map((party) => `it is not told that ${party.id} is ${stateOf(party)}`),
    ];
  }

  /** Parties that are in presence, and have been all the time since then. */
  #liveSince(since: number): Party[] {
    return this.#engine
      .state()
      .calls.filter((call) => isInPresence(call, this.#me))
      .flatMap((call) => coveredParties([call], this.#me))
      .filter(({ id }) => (this.#past.get(id)?.[0]?.from ?? 0) <= since);
  }

  /** What is shown of this party now must have been true at some moment since then. */
  #since({ id, extensionId, source, asOf }: PartyView, { isConnected, excuse }: Shown): number {
    const now = this.#now();
    const since = excuse(id) ?? now;
    const hasEvents = this.#me === undefined || extensionId === this.#me;
    if (source === 'event' || (hasEvents && isConnected)) return since;
    return Math.min(since, this.#readAt({ asOf }));
  }

  /** A reading is of its own time, and counts so long. */
  #readAt({ asOf }: { asOf: string }): number {
    return Math.max(Date.parse(asOf), this.#now() - readingCountsMs);
  }

  #wasTrue(party: Party, since: number): boolean {
    return this.#states(party.id, since).some(({ state }) => state === stateOf(party));
  }

  /** Those that the party was in since then. */
  #states(partyId: string, since: number): { state: string; from: number }[] {
    const states = this.#past.get(partyId) ?? [];
    return states.filter((_, index) => (states[index + 1]?.from ?? Number.POSITIVE_INFINITY) >= since);
  }
}

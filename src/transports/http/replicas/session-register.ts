import type { Clock } from '../../../shared/clock.ts';
import type { Principal } from '../../identity/principal.ts';

/** What is known of a session wherever it lives. */
export interface SessionRecord {
  /** As it was opened; the only one that may use it. */
  principal: Principal;
  /** `sse` ends with its stream: nobody can take it over. */
  kind: 'http' | 'sse';
  /** Parameters of the client's `initialize`, with its real capabilities. */
  initialize?: unknown;
}

export interface SessionOwner {
  replica: string;
  /** The origin under which other replicas reach it. */
  url: string;
}

/** The owner of a session that is known. */
export interface KnownOwner extends SessionOwner {
  /** It ends, and lets go of its sessions: what it has not begun is for another. */
  isLeaving: boolean;
}

export interface KnownSession extends SessionRecord {
  /** Rises with each owner, so that an owner before can be told from the one now. */
  epoch: number;
  /** Absent where the owner has not said for a while that it lives, or has let go of the session. */
  owner?: KnownOwner;
}

/** Changes of what is kept of a session, by field. */
export interface KeptFields {
  /** Everything that was kept before goes. */
  isWhole?: boolean;
  put: readonly (readonly [field: string, text: string])[];
  drop: readonly string[];
}

/** A session under the epoch of one owner. */
export interface Claim {
  id: string;
  epoch: number;
}

/**
 * How a claim stands: `held`; `missing` where nobody knows of the session, because Redis has lost it; `over` where the
 * session has ended, or another has it.
 */
export type Standing = 'held' | 'missing' | 'over';

/**
 * The sessions of all replicas, and who has them. Each method is one step that no other comes between; each throws
 * Failure `unavailable` where Redis does not answer in time.
 */
export interface SessionRegister {
  /** This replica. */
  readonly replica: string;
  /** The clock that all replicas share. */
  readonly clock: Clock;
  readonly isUp: boolean;
  /** Calls `listener` when Redis answers again. Returns what stops it. */
  onUp(listener: () => void): () => void;
  /**
   * Says that this replica lives, and where; it counts as living for three seconds.
   * @param isLeaving it takes no more sessions over
   * @returns whether it had ceased to count, and sessions of its own that are to end
   */
  beat(url: string, isLeaving: boolean): Promise<{ hadLapsed: boolean; ended: string[] }>;
  /** Takes back `beat`: others may have its sessions at once. */
  leave(): Promise<void>;
  /** What `beat` calls a session of this id. */
  nameOf(id: string): string;
  /** Where a session is entered, and where is what is kept of it: for the log, which an operator reads. */
  keysOf(id: string): { record: string; kept: string };
  /** Other replicas that live and take sessions over. */
  candidates(): Promise<SessionOwner[]>;
  /** Whether this replica lives. */
  isLiving(replica: string): Promise<boolean>;
  /** Enters a session of this replica: a new one, or one that is `missing`. */
  enter(claim: Claim, record: SessionRecord): Promise<void>;
  find(id: string): Promise<KnownSession | undefined>;
  /**
   * Makes this replica the owner, where `epoch` is still that of the session and its owner does not live. One of those
   * who try gets it.
   * @returns the new epoch and what was kept; undefined for the others
   */
  adopt(id: string, epoch: number): Promise<{ epoch: number; kept: Map<string, string> } | undefined>;
  /** Changes what is kept, where the claim is held. */
  keep(claim: Claim, fields: KeptFields): Promise<Standing>;
  /** How claims stand; those that are held are kept on. */
  renew(claims: readonly Claim[]): Promise<Standing[]>;
  /** Lets go of a session that another replica may go on with; nothing where the claim is over. */
  release(claim: Claim): Promise<void>;
  /** Ends a session for all replicas; nothing where the claim is over. */
  end(claim: Claim): Promise<void>;
  /** Ends the sessions of these principals at all replicas; where their owner lives, with its next `beat`. */
  endOf(isEnded: (principal: Principal) => boolean): Promise<void>;
}

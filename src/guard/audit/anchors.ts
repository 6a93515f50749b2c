/** Where a chain ends: number and seal of its last line, and the segment that it is in. */
export interface AnchorMark {
  /** Seal of the chain's first line. */
  chain: string;
  sequence: number;
  head: string;
  segment: number;
}

/** What is kept of a chain, where who can change its file cannot. */
export interface Anchor extends Omit<AnchorMark, 'chain'> {
  /** The replica that writes the chain. */
  replica: string;
}

/** An anchor, and when it was set, in epoch ms. */
export interface KeptAnchor extends Anchor {
  chain: string;
  at: number;
}

/** The ends of the chains of all replicas. */
export interface AuditAnchors {
  /**
   * Keeps where a chain ends. One with a lower sequence than the kept one changes nothing; the same one again says that
   * it is still so.
   * @throws Failure `unavailable`
   */
  anchor(chain: string, anchor: Anchor): Promise<void>;
  /** @throws Failure `unavailable` */
  all(): Promise<KeptAnchor[]>;
}

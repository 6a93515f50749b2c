import type { AuditEntry } from './entry.ts';

/** A line of the log without its seal: what happened, its number in the chain, its time, and who wrote it. */
export type AuditLine = (AuditEntry | LogRecord) & { seq: number; time: string; replica?: string };

/** What the log says of itself, in lines of the same chain. */
export type LogRecord = SegmentEnd | SegmentStart | Removal | { event: 'repaired'; bytes: number };

/**
 * The boundary between two segments: the last line of one, and the first of the next. They name the seal of the line
 * before (`after`), so that each can be checked without the rest of its chain. `chain` is the seal of the chain's first
 * line.
 */
interface Boundary {
  chain: string;
  segment: number;
  after: string;
}

/** `until`: time of the last line before it. */
export type SegmentEnd = { event: 'sealed'; until: string } & Boundary;
export type SegmentStart = { event: 'segment' } & Boundary;

/** All segments up to this one, whose last line and its seal are told, were removed after so many days. */
export interface Removal {
  event: 'removed';
  segment: number;
  line: number;
  head: string;
  days: number;
}

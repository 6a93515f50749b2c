import type { KeptAnchor } from './anchors.ts';
import type { SegmentFindings } from './check-segment.ts';
import type { Removal } from './line.ts';
import type { ReadFile } from './read-logs.ts';

/** What is found of one log: one chain, in one file or in several segments. */
export interface LogFindings {
  /** The file with its end. */
  file: string;
  /** Absent where the log is empty, or its first line is not good. */
  chain?: string;
  replica?: string;
  segments: number;
  /** Good lines in the files. */
  count: number;
  /** Number and seal of the last good line. */
  last: number;
  head: string;
  /** The first fault; absent where the log is whole. */
  problem?: string;
  /** Acts whose intent is logged and whose outcome is not: the process ended in between. */
  unfinished: number;
  /** What was removed because it was old, as far as the log says so. */
  removed?: Removal;
  /** The last segment is ended, and none follows. */
  isAtBoundary: boolean;
  /** What is anchored of it. */
  anchor?: KeptAnchor;
}

/** A log whose only file has no good line. */
export const withoutChain = ({ path, found }: ReadFile): LogFindings => ({
  ...{ file: path, segments: 1, count: 0, last: 0, head: found.head, unfinished: 0, isAtBoundary: false },
  ...(found.problem !== undefined && { problem: found.problem }),
});

/**
 * Puts the segments of one chain together.
 * @param files with different segments, ascending; at least one
 */
export function checkChain(files: readonly [ReadFile, ...ReadFile[]]): LogFindings {
  const all = files.map(({ found }) => found);
  const end = files.at(-1) ?? files[0];
  const removed = all.flatMap((each) => each.removed ?? []).at(-1);
  const problem = firstFault(files) ?? firstGap(all, removed);
  const { chain, replica, last, head, isEnded } = end.found;
  return {
    ...{ file: end.path, segments: files.length, last, head, unfinished: unfinished(all) },
    count: all.reduce((sum, each) => sum + each.last - each.first + 1, 0),
    isAtBoundary: isEnded,
    ...(chain !== undefined && { chain }),
    ...(replica !== undefined && { replica }),
    ...(removed && { removed }),
    ...(problem !== undefined && { problem }),
  };
}

function firstFault(files: readonly ReadFile[]): string | undefined {
  const [faulty] = files.filter(({ found }) => found.problem !== undefined);
  if (!faulty) return undefined;
  return files.length === 1 ? faulty.found.problem : `${faulty.path}: ${faulty.found.problem}`;
}

/** What lacks between the segments, or before the first of them. */
function firstGap(segments: readonly SegmentFindings[], removed: Removal | undefined): string | undefined {
  let before: SegmentFindings | undefined;
  for (const each of segments) {
    const problem = before ? gapBetween(before, each, removed) : gapBefore(each, removed);
    if (problem !== undefined) return problem;
    before = each;
  }
  return undefined;
}

function gapBefore({ segment, first, after }: SegmentFindings, removed: Removal | undefined) {
  if (segment === 1 || (removed && removed.segment >= segment)) return undefined;
  if (!removed || removed.segment < segment - 1) return isMissing((removed?.segment ?? 0) + 1, segment - 1);
  if (removed.head === after && removed.line === first - 1) return undefined;
  return `Segment ${segment} does not follow on what the log says was removed.`;
}

function gapBetween(before: SegmentFindings, next: SegmentFindings, removed: Removal | undefined) {
  const from = Math.max(before.segment, removed?.segment ?? 0) + 1;
  if (from < next.segment) return isMissing(from, next.segment - 1);
  if (before.segment + 1 < next.segment) return undefined;
  if (next.after === before.head && next.first === before.last + 1) return undefined;
  return `Segment ${next.segment} does not follow on the end of segment ${before.segment}: lines are missing between them.`;
}

const isMissing = (from: number, to: number): string =>
  from === to
    ? `Segment ${from} is missing, and the log does not say that it was removed.`
    : `Segments ${from} to ${to} are missing, and the log does not say that they were removed.`;

/** Acts without an outcome, also in a later segment. */
function unfinished(segments: readonly SegmentFindings[]): number {
  const open = new Set<string>();
  for (const each of segments) {
    for (const act of each.ended) open.delete(act);
    for (const act of each.open) open.add(act);
  }
  return open.size;
}

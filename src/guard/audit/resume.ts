import { readFileSync, truncateSync } from 'node:fs';
import { Failure } from '../../shared/failure.ts';
import { checkSegment, type SegmentFindings } from './check-segment.ts';
import { endedSegments, segmentFile, unusedFile } from './segment-files.ts';

/** Where a log ends, and how it goes on. */
export interface Place
  extends Pick<
    SegmentFindings,
    'chain' | 'segment' | 'head' | 'last' | 'since' | 'until' | 'acts' | 'replica'
  > {
  /**
   * What has to come before the next entry, because the server ended while it changed segments: the ended segment is
   * to be put aside, or only the next one to be put in place.
   */
  next?: 'put aside' | 'in place';
  /** Bytes of a line that was not written to its end, and was taken off. */
  cutBytes: number;
  /** The last segment that a line says has been removed; 0: none. */
  removed: number;
}

/**
 * Finds where the log at `path` ends, after any crash. A last line that is there in part was never relied on: its act
 * was not done, or its outcome is missing anyway. It is taken off.
 * @param shown what the person who started the server calls the file
 * @throws Failure where it is not whole otherwise
 */
export function resume(path: string, shown: string, key: string): Place {
  const bytes = readFileSync(path);
  const found = checkSegment(bytes.toString('utf8'), key);
  const { problem, cutBytes } = found;
  if (problem !== undefined && cutBytes === 0) throw notContinued(shown, problem);
  if (cutBytes > 0) truncateSync(path, bytes.length - cutBytes);
  const removed = found.removed?.segment ?? 0;
  if (found.chain !== undefined) {
    if (found.isEnded) refuseUsed(path, shown, found.segment);
    return { ...found, removed, cutBytes, ...(found.isEnded && { next: 'put aside' }) };
  }
  const last = endedSegments(path).at(-1);
  if (last === undefined) return { ...found, removed, cutBytes };
  return { ...resumeAfter(segmentFile(path, last), key), removed, cutBytes, next: 'in place' };
}

/** Where the ended segment at `path` leads on. */
function resumeAfter(path: string, key: string): SegmentFindings {
  const found = checkSegment(readFileSync(path, 'utf8'), key);
  const problem = found.problem ?? (found.isEnded ? undefined : 'It is not the end of a segment.');
  if (problem === undefined) return found;
  throw notContinued(path, problem);
}

function refuseUsed(path: string, shown: string, segment: number): void {
  try {
    unusedFile(path, segment);
  } catch (error) {
    throw notContinued(shown, `${(error as Error).message}.`);
  }
}

const notContinued = (file: string, problem: string) =>
  new Failure(
    'invalid_input',
    `--audit-log ${file}: ${problem} It is not continued: check it with audit verify, or name a new file.`,
  );

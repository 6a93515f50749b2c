import { readFile } from 'node:fs/promises';
import { checkSegment, type SegmentFindings } from './check-segment.ts';
import { besideLog, endedSegments, logOf, segmentFile } from './segment-files.ts';

/** A file of a log, and what is in it. */
export interface ReadFile {
  path: string;
  found: SegmentFindings;
}

/** How often segments are read anew that end or are removed meanwhile. */
const tries = 3;

/**
 * Reads logs and checks each file by itself. With each file are read the segments beside it.
 * @param files logs, or segments of them; what else stands beside one of them is left out
 * @param wanted numbers of lines whose seals are asked for
 * @throws Error of the file system where a file cannot be read
 */
export async function readLogs(
  files: readonly string[],
  key: string,
  wanted: ReadonlySet<number>,
): Promise<ReadFile[]> {
  const named = new Set(files.map(logOf));
  const logs = [...named].filter((file) => !named.has(besideLog(file) ?? ''));
  const read: ReadFile[] = [];
  for (const log of logs) read.push(...(await readLog(log, key, wanted)));
  return read;
}

async function readLog(log: string, key: string, wanted: ReadonlySet<number>): Promise<ReadFile[]> {
  for (let attempt = 1; ; attempt += 1) {
    const before = listed(log);
    const read: ReadFile[] = [];
    for (const path of [...before.map((segment) => segmentFile(log, segment)), log]) {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' && before.length > 0) return undefined;
        throw error;
      });
      if (text !== undefined) read.push({ path, found: checkSegment(text, key, wanted) });
    }
    // A server that writes to the log may have ended a segment meanwhile, or removed some.
    if (attempt === tries || String(listed(log)) === String(before)) return withoutEmpty(read);
  }
}

/** A folder that is not there has none; the log in it is missed where it is read. */
function listed(log: string): number[] {
  try {
    return endedSegments(log);
  } catch {
    return [];
  }
}

/** Without an empty log beside segments, as a start leaves it that ended early. */
const withoutEmpty = (read: ReadFile[]): ReadFile[] =>
  read.length === 1
    ? read
    : read.filter(({ found }) => found.chain !== undefined || found.problem !== undefined);

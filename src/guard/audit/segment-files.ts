import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { isSealed, readLine } from './chain.ts';
import type { SegmentEnd } from './line.ts';

const suffix = /\.(\d{6,})$/;

/** The file of an ended segment, `FILE.000001`, beside the log. */
export const segmentFile = (file: string, segment: number): string =>
  `${file}.${String(segment).padStart(6, '0')}`;

/** The log that a file belongs to: itself, unless it is named as an ended segment. */
export const logOf = (path: string): string => path.replace(suffix, '');

/** The log that a file stands beside as notes on who is on hold, its lock, or as what is being written. */
export const besideLog = (path: string): string | undefined =>
  /^(.*?)(?:\.plans|\.lock|(?:\.plans)?\.new)$/s.exec(path)?.[1];

/** Numbers of the ended segments beside a log, ascending. Throws where the folder cannot be read. */
export function endedSegments(file: string): number[] {
  const name = basename(file);
  return readdirSync(dirname(file))
    .filter((each) => suffix.test(each) && logOf(each) === name)
    .map((each) => Number(suffix.exec(each)?.[1]))
    .sort((one, other) => one - other);
}

/** Writes the first line of the next segment beside the log, to the disk. */
export function prepareNext(file: string, line: Buffer): void {
  const descriptor = openSync(`${file}.new`, 'w', 0o600);
  try {
    if (writeSync(descriptor, line) !== line.length) throw new Error('the disk is full');
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Puts the ended segment aside and the prepared one in its place. A crash in between leaves no file in its place, or
 * an ended one; the next start goes on from there.
 */
export function putAside(file: string, segment: number): void {
  renameSync(file, unusedFile(file, segment));
  putInPlace(file);
}

/** Puts the prepared segment in the place of the log. */
export function putInPlace(file: string): void {
  renameSync(`${file}.new`, file);
  syncFolder(file);
}

/** Where an ended segment goes. Throws where something is there. */
export function unusedFile(file: string, segment: number): string {
  const path = segmentFile(file, segment);
  if (existsSync(path)) throw new Error(`${path} is there already`);
  return path;
}

/** Without it a new name may be lost with the power. Windows syncs no folders, and needs none. */
export function syncFolder(file: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(dirname(file), 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** More than the line that ends a segment ever has. */
const longestEnd = 4096;

/** The last line of an ended segment and its seal; undefined where it is none, or was not sealed with this key. */
export function readSegmentEnd(
  path: string,
  key: string,
): (SegmentEnd & { seq: number; head: string }) | undefined {
  const line = readTail(path).trimEnd().split('\n').at(-1) ?? '';
  const parts = readLine(line);
  if (!parts) return undefined;
  const end = JSON.parse(parts.text) as SegmentEnd & { seq: number };
  if (end.event !== 'sealed' || !isSealed(key, end.after, parts.text, parts.sealed)) return undefined;
  return { ...end, head: parts.sealed };
}

function readTail(path: string): string {
  const bytes = Buffer.alloc(longestEnd);
  const descriptor = openSync(path, 'r');
  try {
    const from = Math.max(0, statSync(path).size - longestEnd);
    return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, longestEnd, from));
  } finally {
    closeSync(descriptor);
  }
}

import { realpathSync, rmSync } from 'node:fs';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import { type FileLock, lockFile } from '../../shared/file-lock.ts';
import type { Logger } from '../../shared/log.ts';
import type { AnchorMark } from './anchors.ts';
import { seal, writeLine } from './chain.ts';
import type { AuditEntry, AuditLog } from './entry.ts';
import type { AuditLine, LogRecord } from './line.ts';
import { LogFile, makeFile } from './log-file.ts';
import { type Place, resume } from './resume.ts';
import {
  endedSegments,
  prepareNext,
  putAside,
  putInPlace,
  readSegmentEnd,
  segmentFile,
  syncFolder,
  unusedFile,
} from './segment-files.ts';

export interface AuditOptions {
  file: string;
  key: string;
  clock: Clock;
  log: Logger;
  /** How long another server that writes to the file has to end. */
  waitMs?: number;
  /** The name of this server among its replicas; each line has it. */
  replica?: string;
  /** Ended segments whose last line is older are removed; absent: nothing ever is. */
  days?: number;
  /** A segment of this size is ended. */
  segmentBytes?: number;
  /** Called after each line with the end of the chain. The line may not be on the disk yet. */
  onWritten?: (mark: AnchorMark) => void;
}

/** 64 MiB: some 150,000 lines, checked within a second. */
const defaultSegmentBytes = 64 * 1024 * 1024;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * Opens an append-only log of JSON lines, readable by its owner alone, and carries on the chain that is in it.
 * Written at once and synchronously: an act waits for its intent to be on the disk. One log has one writer: two would
 * write over each other's end of the chain.
 *
 * The log is in segments: FILE is the one that is written to, `FILE.000001` the first that was ended. A segment ends by
 * its size, and with `days` once a day; those that are older are removed, after a line that says so.
 *
 * @throws Failure where the file cannot be opened, another server writes to it, or what is in it was not written with
 * this key, or by another replica
 */
export async function openAudit(options: AuditOptions): Promise<AuditLog> {
  const { file, key, replica, waitMs = 3_000 } = options;
  makeFile(file);
  const lock = await lockFile(file, waitMs);
  if (!lock) {
    const each = replica === undefined ? 'name another file for this server.' : ownFile;
    throw new Failure(
      'invalid_input',
      `--audit-log ${file}: another server writes to it. One log has one writer: ${each}`,
    );
  }
  try {
    const path = realpathSync(file);
    const place = resume(path, file, key);
    if (replica !== undefined && place.replica !== undefined && place.replica !== replica) {
      throw new Failure(
        'invalid_input',
        `--audit-log ${file}: it is the log of the replica ${place.replica}, and this is ${replica}. One log has one ` +
          `writer: ${ownFile}`,
      );
    }
    return new SegmentedLog(path, lock, place, options);
  } catch (error) {
    lock.release();
    if (error instanceof Failure) throw error;
    throw new Failure('invalid_input', `--audit-log ${file}: ${(error as Error).message}.`);
  }
}

const ownFile =
  'write {replica} into its name, such as audit-{replica}.log, and give each replica a name that stays ' +
  '(RC_MCP_REPLICA; by default the name of the host).';

class SegmentedLog implements AuditLog {
  readonly #path: string;
  readonly #lock: FileLock;
  readonly #options: AuditOptions;
  readonly #file: LogFile;
  #place: Place;
  /** The last segment that a line says has been removed. */
  #removed: number;
  /** A segment of this size is ended next: more than usual after it could not be. */
  #limit: number;
  /** Why no further line can be written; undefined while all is well. */
  #broken: string | undefined;
  #stopTimer = () => {};

  constructor(path: string, lock: FileLock, place: Place, options: AuditOptions) {
    this.#path = path;
    this.#lock = lock;
    this.#options = options;
    this.#place = place;
    this.#removed = place.removed;
    this.#limit = this.#segmentBytes;
    this.#file = new LogFile(path);
    try {
      const { next, cutBytes } = place;
      if (next !== undefined) this.#begin(next);
      if (cutBytes > 0) this.#append({ event: 'repaired', bytes: cutBytes }, true);
      if (options.days !== undefined) this.#keepTidy();
      this.#tell();
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  write(entry: AuditEntry): void {
    this.#check();
    if (this.#isDue()) this.#endSegment();
    this.#append(entry, entry.event === 'intent');
    this.#tell();
  }

  close(): { head: string; count: number } {
    this.#stopTimer();
    // The descriptor's number may be a socket's next.
    this.#broken = 'the log is closed';
    this.#file.close();
    this.#lock.release();
    return { head: this.#place.head, count: this.#place.last };
  }

  get #segmentBytes(): number {
    return this.#options.segmentBytes ?? defaultSegmentBytes;
  }

  /** What follows in a file that is not the log any more would be missing in the log. */
  #check(): void {
    if (this.#broken) throw new Error(this.#broken);
    this.#file.check();
    if (!this.#lock.isHeld()) throw new Error('the lock of the log is gone: another server may write to it');
  }

  #append(what: AuditEntry | LogRecord, sync: boolean): void {
    const { bytes, time, sealed } = this.#compose(what, this.#place);
    this.#file.append(bytes, sync);
    const { chain = sealed, since = time, last, acts } = this.#place;
    const isOnAct = what.event === 'intent' || what.event === 'outcome' || what.event === 'refused';
    this.#place = {
      ...this.#place,
      ...{ chain, since, head: sealed, last: last + 1, until: time, acts: acts + (isOnAct ? 1 : 0) },
    };
  }

  /** The line that follows on `head`, the seal of line `last`. */
  #compose(what: AuditEntry | LogRecord, { head, last }: Pick<Place, 'head' | 'last'>) {
    const { clock, key, replica } = this.#options;
    const time = new Date(clock.now()).toISOString();
    const line: AuditLine = { seq: last + 1, time, ...(replica !== undefined && { replica }), ...what };
    const text = JSON.stringify(line);
    const sealed = seal(key, head, text);
    return { bytes: Buffer.from(`${writeLine(text, sealed)}\n`), time, sealed };
  }

  #tell(): void {
    const { chain, last, head, segment } = this.#place;
    if (chain !== undefined) this.#options.onWritten?.({ chain, sequence: last, head, segment });
  }

  /** Whether the segment is full, or, where old ones are removed, begun a day ago. */
  #isDue(): boolean {
    const { since, acts } = this.#place;
    if (this.#file.size >= this.#limit) return true;
    if (this.#options.days === undefined || since === undefined || acts === 0) return false;
    return this.#options.clock.now() - Date.parse(since) >= dayMs;
  }

  /**
   * Ends the segment and begins the next one. Where that is not possible, the log goes on in this one, and says so.
   */
  #endSegment(): void {
    const { chain = '', segment, head, last, until = '' } = this.#place;
    const end = this.#compose({ event: 'sealed', chain, segment, after: head, until }, this.#place);
    const ended = { ...this.#place, head: end.sealed, last: last + 1 };
    const next = this.#composeStart(ended);
    try {
      unusedFile(this.#path, segment);
      // Before the end is written: it needs what may be missing, room on the disk and rights in the folder.
      prepareNext(this.#path, next.bytes);
    } catch (error) {
      this.#limit = this.#file.size + this.#segmentBytes;
      this.#options.log.error({ reason: String(error) }, 'no new segment of the audit log can be begun');
      return;
    }
    this.#file.append(end.bytes, true);
    this.#broken = 'the log could not be put aside';
    this.#file.replace(() => putAside(this.#path, segment));
    this.#broken = undefined;
    this.#enter(ended, next);
  }

  /** Begins the segment that follows on one that was ended before this start. */
  #begin(next: 'put aside' | 'in place'): void {
    const start = this.#composeStart(this.#place);
    this.#file.replace(() => {
      prepareNext(this.#path, start.bytes);
      if (next === 'put aside') putAside(this.#path, this.#place.segment);
      else putInPlace(this.#path);
    });
    this.#enter(this.#place, start);
  }

  /** The first line of the segment after `ended`. */
  #composeStart(ended: Place) {
    const { chain = '', segment, head } = ended;
    return this.#compose({ event: 'segment', chain, segment: segment + 1, after: head }, ended);
  }

  #enter(ended: Place, { sealed, time }: { sealed: string; time: string }): void {
    const { segment, last } = ended;
    this.#place = {
      ...ended,
      ...{ segment: segment + 1, head: sealed, last: last + 1, since: time, until: time, acts: 0 },
    };
    this.#limit = this.#segmentBytes;
  }

  /** Ends the day's segment and removes old ones, now and each hour. */
  #keepTidy(): void {
    this.#stopTimer = this.#options.clock.after(hourMs, () => this.#keepTidy());
    try {
      this.#check();
      if (this.#isDue()) this.#endSegment();
      this.#removeOld();
      this.#tell();
    } catch (error) {
      this.#options.log.error({ reason: String(error) }, 'old segments of the audit log stay');
    }
  }

  #removeOld(): void {
    const { key, clock, days = Number.POSITIVE_INFINITY } = this.#options;
    const isOld = (until: string) => clock.now() - Date.parse(until) > days * dayMs;
    const old = [];
    for (const segment of endedSegments(this.#path)) {
      const path = segmentFile(this.#path, segment);
      const end = readSegmentEnd(path, key);
      if (end?.chain !== this.#place.chain || end?.segment !== segment)
        throw new Error(`${path} is not a segment of this log, or was changed`);
      if (!isOld(end.until)) break;
      old.push(end);
    }
    const last = old.at(-1);
    if (!last) return;
    // First: a segment that is gone without it counts as taken away.
    if (last.segment > this.#removed) {
      const { segment, seq, head } = last;
      this.#append({ event: 'removed', segment, line: seq, head, days }, true);
      this.#removed = segment;
    }
    for (const { segment } of old) rmSync(segmentFile(this.#path, segment));
    syncFolder(this.#path);
  }
}

import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import { lockFile } from '../../shared/file-lock.ts';
import type { AuditLine } from './chain.ts';
import { seal, writeLine } from './chain.ts';
import type { AuditEntry, AuditLog } from './entry.ts';

import { checkAudit } from './verify.ts';

export interface AuditOptions {
  file: string;
  key: string;
  clock: Clock;
  /** How long another server that writes to the file has to end. */
  waitMs?: number;
}

/**
 * Opens an append-only log of JSON lines, readable by its owner alone, and carries on the chain that is in it.
 * Written at once and synchronously: an act waits for its intent to be on the disk. One log has one writer: two would
 * write over each other's end of the chain. Throws `Failure` when the file cannot be opened, another server writes to
 * it, or what is in it was not written with this key.
 */
export async function openAudit({ file, key, clock, waitMs = 3_000 }: AuditOptions): Promise<AuditLog> {
  const descriptor = open(file);
  const lock = await lockFile(file, waitMs);
  if (!lock) {
    closeSync(descriptor);
    throw new Failure(
      'invalid_input',
      `--audit-log ${file}: another server writes to it. One log has one writer: name another file for this server.`,
    );
  }
  const giveUp = () => {
    lock.release();
    closeSync(descriptor);
  };
  let { head, count, size } = read(file, key, giveUp);
  /** Why no further line can be written; undefined while all is well. */
  let broken: string | undefined;

  /** What follows in a file that is not the log any more would be missing in the log. */
  const check = () => {
    const log = fstatSync(descriptor);
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found) throw new Error('the log was moved away or deleted');
    if (found.ino !== log.ino || found.dev !== log.dev)
      throw new Error('another file is in the place of the log');
    if (log.size !== size) throw new Error('the log was changed by somebody else: it is not continued');
    if (!lock.isHeld()) throw new Error('the lock of the log is gone: another server may write to it');
  };

  return {
    write(entry: AuditEntry) {
      if (broken) throw new Error(broken);
      check();
      const line: AuditLine = { seq: count + 1, time: new Date(clock.now()).toISOString(), ...entry };
      const text = JSON.stringify(line);
      const sealed = seal(key, head, text);
      const bytes = Buffer.from(`${writeLine(text, sealed)}\n`);
      // A line that is on the disk in part would break the chain for all that follow: none follows.
      broken = 'an earlier line could not be written';
      if (writeSync(descriptor, bytes) !== bytes.length) throw new Error('the disk is full');
      if (entry.event === 'intent') fsyncSync(descriptor);
      broken = undefined;
      head = sealed;
      count += 1;
      size += bytes.length;
    },
    close() {
      // The descriptor's number may be a socket's next.
      broken = 'the log is closed';
      closeSync(descriptor);
      lock.release();
      return { head, count };
    },
  };
}

/** Where a log ends; `size` in bytes. Throws after `giveUp` where it is not whole. */
function read(file: string, key: string, giveUp: () => void): { head: string; count: number; size: number } {
  const bytes = readFileSync(file);
  const { head, count, problem } = checkAudit(bytes.toString('utf8'), key);
  if (problem === undefined) return { head, count, size: bytes.length };
  giveUp();
  throw new Failure(
    'invalid_input',
    `--audit-log ${file}: ${problem} It is not continued: check it with audit verify, or name a new file.`,
  );
}

function open(file: string): number {
  try {
    const descriptor = openSync(file, 'a+', 0o600);
    fchmodSync(descriptor, 0o600);
    return descriptor;
  } catch (error) {
    throw new Failure(
      'invalid_input',
      `--audit-log ${file}: the file cannot be opened (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
}

import { closeSync, fchmodSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { AuditLine } from './chain.ts';
import { seal, writeLine } from './chain.ts';
import type { AuditEntry, AuditLog } from './entry.ts';
import { checkAudit } from './verify.ts';

export interface AuditOptions {
  file: string;
  key: string;
  clock: Clock;
}

/**
 * Opens an append-only log of JSON lines, readable by its owner alone, and carries on the chain that is in it. Written
 * at once and synchronously: an act waits for its intent to be on the disk.
 * Throws `Failure` when the file cannot be opened or what is in it was not written with this key.
 */
export function openAudit({ file, key, clock }: AuditOptions): AuditLog {
  const descriptor = open(file);
  let { head, count, size } = read(file, key);
  /** Why no line can follow. */
  let broken: string | undefined;

  /**
   * A second process may write to the same file: hosts start servers twice (one to look, one to stay). What is new
   * must follow what was known: a log that was cut meanwhile is not the one that was begun.
   */
  const catchUp = () => {
    const now = fstatSync(descriptor);
    if (now.nlink === 0) throw new Error('the log was deleted');
    if (now.size !== size) ({ head, count, size } = read(file, key, { head, count, size }));
  };

  return {
    write(entry: AuditEntry) {
      if (broken) throw new Error(broken);
      catchUp();
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
      try {
        catchUp();
      } catch {
        // Whoever verifies it with the head that was known finds out.
      }
      // The descriptor's number may be a socket's next.
      broken = 'the log is closed';
      closeSync(descriptor);
      return { head, count };
    },
  };
}

interface End {
  head: string;
  count: number;
  /** Bytes. */
  size: number;
}

function read(file: string, key: string, known?: End): End {
  const bytes = readFileSync(file);
  const { head, count, problem } = checkAudit(bytes.subarray(known?.size).toString('utf8'), key, known);
  const lost = known && bytes.length < known.size ? 'Lines that were written are gone.' : undefined;
  if (problem === undefined && lost === undefined) return { head, count, size: bytes.length };
  throw new Failure(
    'invalid_input',
    `--audit-log ${file}: ${lost ?? problem} It is not continued: check it with audit verify, or name a new file.`,
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

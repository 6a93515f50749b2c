import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  statSync,
  writeSync,
} from 'node:fs';
import { Failure } from '../../shared/failure.ts';

/** The file that a log is written to, and what must not happen to it meanwhile. */
export class LogFile {
  readonly #path: string;
  #descriptor: number;
  /** Of the lines that were written to their end, in bytes. */
  #size: number;
  /** There may be a line behind them that was not. */
  #isTorn = false;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, 'a', 0o600);
    this.#size = fstatSync(this.#descriptor).size;
  }

  /** In bytes. */
  get size(): number {
    return this.#size;
  }

  /** Throws where the file is not the log any more, or not as it was left. */
  check(): void {
    this.#takeOffTorn();
    const log = fstatSync(this.#descriptor);
    const found = statSync(this.#path, { throwIfNoEntry: false });
    if (!found) throw new Error('the log was moved away or deleted');
    if (found.ino !== log.ino || found.dev !== log.dev)
      throw new Error('another file is in the place of the log');
    if (log.size !== this.#size) throw new Error('the log was changed by somebody else: it is not continued');
  }

  /**
   * Throws where the bytes are not written, and takes off again what is there of them: at once, or else before anything
   * follows.
   * @param sync whether they are on the disk before this returns
   */
  append(bytes: Buffer, sync: boolean): void {
    this.#isTorn = true;
    try {
      if (writeSync(this.#descriptor, bytes) !== bytes.length) throw new Error('the disk is full');
      if (sync) fsyncSync(this.#descriptor);
      this.#isTorn = false;
    } catch (error) {
      this.#takeOffTorn();
      throw error;
    }
    this.#size += bytes.length;
  }

  /** Goes on in the file that `put` has put in its place. Closed meanwhile: Windows renames no open file. */
  replace(put: () => void): void {
    closeSync(this.#descriptor);
    this.#descriptor = -1;
    put();
    this.#descriptor = openSync(this.#path, 'a', 0o600);
    this.#size = fstatSync(this.#descriptor).size;
  }

  #takeOffTorn(): void {
    if (!this.#isTorn) return;
    ftruncateSync(this.#descriptor, this.#size);
    this.#isTorn = false;
  }

  close(): void {
    if (this.#descriptor !== -1) closeSync(this.#descriptor);
  }
}

/** Makes the file where there is none, for its owner alone. Throws `Failure` where it cannot be written. */
export function makeFile(file: string): void {
  try {
    const descriptor = openSync(file, 'a', 0o600);
    fchmodSync(descriptor, 0o600);
    closeSync(descriptor);
  } catch (error) {
    throw new Failure(
      'invalid_input',
      `--audit-log ${file}: the file cannot be opened (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
}

import type { Line } from '../app/line.ts';
import { Failure } from '../shared/failure.ts';

/**
 * The line of a connection that lasts. While there is one it is held, and its changes are told; where the principal has
 * none, or gets another one, that is noticed with the next request.
 */
export class ConnectionLine {
  readonly #lineOf: () => Line;
  readonly #tellChanges: (line: Line) => () => void;
  #line: Line | undefined;
  #letGo = () => {};

  /**
   * @param lineOf gives the line, as `Switchboard.lineOf`
   * @param tellChanges begins to tell the client of a line's changes; returns what stops it
   */
  constructor(lineOf: () => Line, tellChanges: (line: Line) => () => void) {
    this.#lineOf = lineOf;
    this.#tellChanges = tellChanges;
  }

  /** Takes hold of the line, where there is one, so that the client is told of changes before it asks. */
  attach(): void {
    try {
      this.get();
    } catch (error) {
      // Whoever asks is told.
      if (!(error instanceof Failure)) throw error;
    }
  }

  /** @throws Failure as `Switchboard.lineOf` */
  get(): Line {
    const line = this.#lineOf();
    if (line === this.#line) return line;
    this.close();
    this.#line = line;
    const stop = this.#tellChanges(line);
    const release = line.hold();
    this.#letGo = () => {
      stop();
      release();
    };
    return line;
  }

  /** Stops telling, and lets go of the line. */
  close(): void {
    this.#letGo();
    this.#letGo = () => {};
    this.#line = undefined;
  }
}

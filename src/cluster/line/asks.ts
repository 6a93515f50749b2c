import { randomBytes } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import type { Ask, LogEntry, PlacedEntry } from './log-entry.ts';
import type { LogWriter } from './log-writer.ts';

/** How long, in ms, a follower waits for what it has asked of the leader. */
const patienceMs = 7_000;

interface OpenAsk {
  what: Ask;
  answered(answer: Extract<LogEntry, { kind: 'answer' }>): void;
}

/** What a follower asks of the leader, over the log. */
export class Asks {
  readonly #writer: LogWriter;
  readonly #clock: Clock;
  readonly #open = new Map<string, OpenAsk>();
  #isNewTerm = false;

  constructor(writer: LogWriter, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
  }

  /**
   * What came of it.
   * @throws Failure as the leader met it, or `unavailable` where no leader answers in time
   */
  async ask(what: Ask): Promise<boolean> {
    const id = randomBytes(9).toString('base64url');
    const answered = new Promise<Extract<LogEntry, { kind: 'answer' }> | undefined>((resolve) => {
      const cancel = this.#clock.after(patienceMs, () => resolve(undefined));
      this.#open.set(id, {
        what,
        answered(answer) {
          cancel();
          resolve(answer);
        },
      });
    });
    try {
      await this.#writer.write({ kind: 'ask', id, what });
      const answer = await answered;
      if (!answer) throw unanswered();
      const { failure, result = true } = answer;
      if (failure) throw new Failure(failure.kind, failure.message, failure.details);
      return result;
    } finally {
      this.#open.delete(id);
    }
  }

  /** Asks, and does not wait for an answer. */
  tell(what: Ask): void {
    this.#write('', what);
  }

  note({ entry }: PlacedEntry): void {
    if (entry.kind === 'answer') this.#open.get(entry.id)?.answered(entry);
    if (entry.kind === 'term') this.#isNewTerm = true;
    // The first that a leader says when it can be asked; what was asked of the one before it did not hear.
    if (entry.kind !== 'status' || !this.#isNewTerm) return;
    this.#isNewTerm = false;
    for (const [id, { what }] of this.#open) this.#write(id, what);
  }

  #write(id: string, what: Ask): void {
    void this.#writer.write({ kind: 'ask', id, what }).catch(() => {});
  }
}

const unanswered = () =>
  new Failure(
    'unavailable',
    'The replica that reads RingCentral for all of them has not answered in time; another will take over in a few ' +
      'seconds. Try again then.',
    { retryAfterSeconds: 5 },
  );

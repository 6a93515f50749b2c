import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/log.ts';
import type { AnchorMark, AuditAnchors } from './anchors.ts';

export interface AnchoringOptions {
  anchors: AuditAnchors;
  replica: string;
  /** Resolves when all that the log has written is on the disk: what a power cut takes must not be anchored. */
  flush: () => Promise<void>;
  clock: Clock;
  log: Logger;
}

/** In ms: between two tries while the anchors cannot be reached. */
const retryMs = 5_000;
/** In ms: how often the same end is anchored again, so that anchors that were lost come back. */
const repeatMs = 60_000;

/** Anchors the end of a log in the background: the last one counts, and no act waits for it. */
export class Anchoring {
  readonly #options: AnchoringOptions;
  #latest: AnchorMark | undefined;
  #anchored: AnchorMark | undefined;
  #running: Promise<void> | undefined;
  #isAway = false;
  #isClosed = false;
  #cancel = () => {};

  constructor(options: AnchoringOptions) {
    this.#options = options;
  }

  /** Takes the end of the log. Returns at once, and never throws. */
  keep(mark: AnchorMark): void {
    this.#latest = mark;
    if (!this.#isAway) this.#start();
  }

  /** Ends it, after one last try. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#running;
    if (this.#latest !== this.#anchored) await this.#run();
  }

  #start(): void {
    if (this.#isClosed) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (!this.#isAway && this.#latest !== this.#anchored) this.#start();
    });
  }

  async #run(): Promise<void> {
    try {
      while (this.#latest && this.#latest !== this.#anchored) {
        const mark = this.#latest;
        await this.#anchor(mark);
        this.#anchored = mark;
      }
      this.#tell(false);
      this.#again(repeatMs);
    } catch (error) {
      this.#tell(true, String(error));
      this.#again(retryMs);
    }
  }

  async #anchor({ chain, ...mark }: AnchorMark): Promise<void> {
    const { anchors, flush, replica } = this.#options;
    await flush();
    await anchors.anchor(chain, { ...mark, replica });
  }

  #again(ms: number): void {
    this.#cancel();
    if (this.#isClosed) return;
    this.#cancel = this.#options.clock.after(ms, () => {
      this.#anchored = undefined;
      this.#start();
    });
  }

  #tell(isAway: boolean, reason?: string): void {
    if (isAway === this.#isAway) return;
    this.#isAway = isAway;
    const { log } = this.#options;
    if (isAway) log.warn({ reason }, 'the end of the audit log cannot be anchored in Redis');
    else log.info('the end of the audit log is anchored again');
  }
}

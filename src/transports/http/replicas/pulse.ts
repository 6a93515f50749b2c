import { Refusal } from '../../refusal.ts';
import type { OwnedSession } from './owned-session.ts';
import type { SessionRegister } from './session-register.ts';

/** In ms: between two beats; a replica counts as dead after three. */
const beatMs = 1_000;
/** In ms: between two looks at the clock, and how late one is when the process stood still. */
const lookMs = 500;
const stoodStillMs = 1_500;
/** In ms: how often claims are renewed, long before they end. */
const renewMs = 60_000;
/** In ms: between two tries to look at the claims, and how long a request waits for it. */
const retryMs = 200;
const patienceMs = 5_000;

export interface PulseOptions {
  register: SessionRegister;
  /** Under which other replicas reach this one. */
  url: string;
  owned(): OwnedSession[];
}

/**
 * Says that this replica lives, and finds out which sessions it has no more: a process that stood still does not know that
 * others have taken it for dead.
 */
export class Pulse {
  readonly #options: PulseOptions;
  #lookedAt = performance.now();
  #renewedAt = performance.now();
  #hasBeaten = false;
  #looking: Promise<void> | undefined;
  #isLeaving = false;
  #isOver = false;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(options: PulseOptions) {
    this.#options = options;
  }

  /** Resolves when others can know that this replica lives, or Redis did not answer for now. */
  async begin(): Promise<void> {
    this.#look();
    await this.#beat().catch(() => {});
    this.#beatLater();
  }

  /** Tells the others that this replica ends. Resolves when they can know, or Redis did not answer for now. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    await this.#beat().catch(() => {});
  }

  /** Resolves when claims that are held are known to be. @throws Refusal 503 where that cannot be found out */
  async sure(): Promise<void> {
    this.#noteClock();
    if (!this.#looking) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), patienceMs);
    });
    const outcome = await Promise.race([this.#looking, late]).finally(() => clearTimeout(timer));
    if (outcome !== 'late') return;
    throw new Refusal(503, 'This replica stood still, and cannot find out whether it has this session.', {
      headers: { 'retry-after': '2' },
    });
  }

  end(): void {
    this.#isOver = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  #later(what: string, ms: number, run: () => void): void {
    if (this.#isOver) return;
    this.#timers.set(what, setTimeout(run, ms).unref());
  }

  #look(): void {
    this.#noteClock();
    this.#later('look', lookMs, () => this.#look());
  }

  #noteClock(): void {
    const now = performance.now();
    if (now - this.#lookedAt > stoodStillMs) this.#doubt();
    this.#lookedAt = now;
  }

  #beatLater(): void {
    this.#later('beat', beatMs, () => {
      this.#beat()
        .catch(() => {})
        .finally(() => this.#beatLater());
    });
  }

  async #beat(): Promise<void> {
    const { register, url, owned } = this.#options;
    const { hadLapsed, ended } = await register.beat(url, this.#isLeaving);
    const names = new Set(ended);
    if (names.size > 0) {
      for (const session of owned()) if (names.has(register.nameOf(session.claim.id))) session.close();
    }
    if (hadLapsed && this.#hasBeaten) this.#doubt();
    else if (performance.now() - this.#renewedAt > renewMs) await this.#renew();
    this.#hasBeaten = true;
  }

  /** Holds back what is sent and done until Redis has told which sessions this replica has. */
  #doubt(): void {
    this.#looking ??= this.#untilRenewed().finally(() => {
      this.#looking = undefined;
    });
  }

  async #untilRenewed(): Promise<void> {
    while (!this.#isOver) {
      try {
        await this.#options.register.beat(this.#options.url, this.#isLeaving);
        return await this.#renew();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
      }
    }
  }

  async #renew(): Promise<void> {
    const { register, owned } = this.#options;
    const sessions = owned();
    const standings = await register.renew(sessions.map(({ claim }) => claim));
    this.#renewedAt = performance.now();
    for (const [at, session] of sessions.entries()) {
      if (standings[at] === 'missing') await session.enterAgain();
      if (standings[at] !== 'over') continue;
      session.isOver = true;
      session.close();
    }
  }
}

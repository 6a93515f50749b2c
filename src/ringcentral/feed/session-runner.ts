import type { Clock } from '../../shared/clock.ts';
import type { Logger } from '../../shared/log.ts';
import type { FeedContinuation, FeedStatus, RecoveryToken } from '../wire/feed.ts';
import { outageLog } from './outage-log.ts';
import {
  continued,
  type FeedEffect,
  type FeedInput,
  type FeedPhase,
  type FeedSession,
  initial,
} from './session-state.ts';
import { statusOf } from './session-status.ts';
import { step } from './state-machine.ts';
import type { Timing } from './timing.ts';

/** Everything that a step can ask for but the timer of its phase. */
export type OutwardEffect = Exclude<FeedEffect, { do: 'timeout' }>;

export interface SessionRunnerOptions {
  clock: Clock;
  log: Logger;
  timing: Timing;
  /** 0 … 1, for jitter. */
  random: () => number;
  carryOut: (effect: OutwardEffect) => void;
  onStatus: (status: FeedStatus) => void;
  /** Another process kept it for whoever goes on. */
  from?: FeedContinuation['from'];
}

/** Runs the event session: one input after the other, the timer of each phase, and what is told of it. */
export class SessionRunner {
  readonly #options: SessionRunnerOptions;
  readonly #logOutage: ReturnType<typeof outageLog>;
  readonly #inputs: FeedInput[] = [];
  #session: FeedSession = initial;
  #status: FeedStatus;
  #isStepping = false;
  #cancelTimeout = (): void => undefined;

  constructor(options: SessionRunnerOptions) {
    this.#options = options;
    if (options.from) this.#session = continued(options.from);
    this.#logOutage = outageLog(options.log, options.clock);
    this.#status = { state: 'idle', since: options.clock.now() };
  }

  get phase(): FeedPhase {
    return this.#session.phase;
  }

  /** From where another can go on and miss nothing; undefined while missed events come, some of which may be gone. */
  get continuation(): RecoveryToken | undefined {
    const { phase, recovery } = this.#session;
    return phase === 'live' || phase === 'resyncing' ? recovery : undefined;
  }

  /** As of now: what is left of a wait is counted down. */
  get status(): FeedStatus {
    return { ...this.#status, ...statusOf(this.#session, this.#options.clock.now()) };
  }

  /** Takes a step with `input`. An input that comes during a step waits for its turn. */
  dispatch(input: FeedInput): void {
    this.#inputs.push(input);
    if (this.#isStepping) return;
    this.#isStepping = true;
    for (let next = this.#inputs.shift(); next; next = this.#inputs.shift()) {
      for (const effect of this.#step(next)) {
        if (effect.do === 'timeout') this.#setTimeout(effect.ms);
        else this.#options.carryOut(effect);
      }
    }
    this.#isStepping = false;
  }

  #step(input: FeedInput): readonly FeedEffect[] {
    const { clock, log, timing, random } = this.#options;
    const { phase } = this.#session;
    const { session, effects } = step(this.#session, input, { now: clock.now(), random: random(), timing });
    this.#session = session;
    if (session.phase !== phase) {
      this.#cancelTimeout();
      log.debug({ from: phase, to: session.phase, on: input.type, reason: session.reason }, 'event feed');
    }
    this.#publish();
    return effects;
  }

  #publish(): void {
    const { clock, onStatus } = this.#options;
    const { state, reason } = statusOf(this.#session, clock.now());
    if (state === this.#status.state && reason === this.#status.reason) return;
    const since = state === this.#status.state ? this.#status.since : clock.now();
    this.#status = { state, since, ...(reason ? { reason } : {}) };
    this.#logOutage({ state, reason: this.#session.reason });
    onStatus(this.#status);
  }

  #setTimeout(ms: number): void {
    this.#cancelTimeout();
    this.#cancelTimeout = this.#options.clock.after(ms, () => this.dispatch({ type: 'timeout' }));
  }
}

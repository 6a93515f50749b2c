import type { ToolContext } from '../runtime/context.ts';
import type { CallRole } from './plan.ts';
import type { PlanCalls } from './plan-calls.ts';

export interface PlanWatchOptions {
  context: ToolContext;
  calls: PlanCalls;
  /** Aborted when the plan is interrupted. */
  interruption: AbortSignal;
  isDisturbed(): boolean;
}

/** What the steps of a plan look and wait with. */
export class PlanWatch {
  readonly context: ToolContext;
  readonly calls: PlanCalls;
  readonly #interruption: AbortSignal;
  readonly #isDisturbed: () => boolean;

  constructor({ context, calls, interruption, isDisturbed }: PlanWatchOptions) {
    this.context = context;
    this.calls = calls;
    this.#interruption = interruption;
    this.#isDisturbed = isDisturbed;
  }

  /** Whether something has happened that is of more weight than the step: an interruption, an act by hand, an end. */
  isDisturbed(): boolean {
    return this.#isDisturbed();
  }

  /** Calls `look` at each change of a call, and when the plan is interrupted. Returns what stops that. */
  onChange(look: () => void): () => void {
    const stopListening = this.context.line.calls.onChange(look);
    this.#interruption.addEventListener('abort', look);
    return () => {
      stopListening();
      this.#interruption.removeEventListener('abort', look);
    };
  }

  /** Resolves with true once `condition` holds, at the latest with false after `ms`; looks at each change. */
  until(condition: () => boolean, ms: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (held: boolean) => {
        stopLooking();
        cancel();
        resolve(held);
      };
      const stopLooking = this.onChange(() => condition() && end(true));
      const cancel = this.context.line.clock.after(Math.max(0, ms), () => end(condition()));
    });
  }

  /** Reads a call of the plan, so that the picture of it is true; a failure leaves what is known. */
  async read(role: CallRole): Promise<void> {
    const id = this.calls.id(role);
    if (id !== undefined) await this.context.line.sync.refresh(id).catch(() => {});
  }

  async readAll(): Promise<void> {
    await Promise.all(Object.keys(this.calls.ids).map((role) => this.read(role as CallRole)));
  }
}

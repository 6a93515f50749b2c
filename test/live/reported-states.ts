import type { CallStore } from '../../src/calls/store/call-store.ts';
import type { CallSync } from '../../src/calls/sync/call-sync.ts';
import type { Clock } from '../../src/shared/clock.ts';
import { listActiveCalls } from '../../src/tools/list-active-calls.ts';
import { readCallSessionStatus } from '../../src/tools/read-call-session-status.ts';
import type { ToolContext } from '../../src/tools/runtime/context.ts';
import type { ToolResult } from '../../src/tools/runtime/result.ts';
import { waitForCallEvent } from '../../src/tools/wait-for-call-event.ts';

export interface Claim {
  partyId: string;
  code: string;
}

/** What a text says of parties without saying how old it is: "p-1-2 is Answered (muted)". */
export const claimsOf = (text: string): Claim[] =>
  [...text.matchAll(/(p-[\w-]+) is (\w+)(?:\/\w+)?(?: \([^)]*\))?(, as of)?/g)].flatMap(
    ([, partyId = '', code = '', age]): Claim[] => (age ? [] : [{ partyId, code }]),
  );

/** An agent that looks with each tool that tells of calls. */
export class ToolObserver {
  readonly #context: ToolContext;
  readonly #calls: CallStore;
  #isLooking = false;

  constructor(calls: CallStore, sync: CallSync, clock: Clock) {
    this.#calls = calls;
    const app = { calls, sync, clock };
    this.#context = {
      app,
      offers: () => true,
      progress() {},
      signal: new AbortController().signal,
    } as unknown as ToolContext;
  }

  /** Looks once with each tool, unless it does already; `told` gets each answer at the moment at which it comes. */
  observe(told: (answer: ToolResult) => void): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#look(told).finally(() => {
      this.#isLooking = false;
    });
  }

  async #look(told: (answer: ToolResult) => void): Promise<void> {
    const listed = await this.#run(listActiveCalls.run({}, this.#context), told);
    const { calls = [] } = (listed?.data ?? {}) as { calls?: { id: string }[] };
    const [telephonySessionId] = calls.map(({ id }) => id);
    if (telephonySessionId === undefined || !this.#calls.session(telephonySessionId)) return;
    await this.#run(readCallSessionStatus.run({ telephonySessionId }, this.#context), told);
    await this.#run(waitForCallEvent.run({ telephonySessionId, timeoutSeconds: 0 }, this.#context), told);
  }

  /** An error tells of no call. */
  async #run(
    answer: ReturnType<typeof listActiveCalls.run>,
    told: (answer: ToolResult) => void,
  ): Promise<ToolResult | undefined> {
    const result = (await answer.catch(() => undefined)) as ToolResult | undefined;
    if (result) told(result);
    return result;
  }
}

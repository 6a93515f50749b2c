import type { Clock } from '../clock.ts';
import {
  type ActArguments,
  type ActName,
  ApiError,
  type Called,
  type Caller,
  type Engine,
  type PartyState,
} from '../engine/api.ts';
import type { Random } from '../random.ts';

/** The party of an event, as far as people react to it. */
export interface SeenParty {
  telephonySessionId: string;
  id: string;
  /** Absent: somebody outside. */
  extensionId?: string;
  direction: 'Inbound' | 'Outbound';
  code: string;
  reason?: string;
  parkCode?: string;
}

interface TelephonyBody {
  telephonySessionId: string;
  parties: {
    id: string;
    extensionId?: string;
    direction: 'Inbound' | 'Outbound';
    status: { code: string; reason?: string };
    park?: { id?: string };
  }[];
}

/** What a scenario's people act with: phones only, no login. Once it is closed nothing happens any more. */
export class ScenarioContext {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly random: Random;
  readonly #unsubscribe: (() => void)[] = [];
  #closed = false;

  constructor(engine: Engine, clock: Clock, random: Random) {
    this.engine = engine;
    this.clock = clock;
    this.random = random;
  }

  /** Runs `run` after `ms` milliseconds, unless the context is closed by then. */
  later(ms: number, run: () => void): void {
    this.clock.setTimeout(() => {
      if (!this.#closed) run();
    }, ms);
  }

  /** Runs `run` after a random time from `fromMs` to `toMs`. */
  between(fromMs: number, toMs: number, run: () => void): void {
    this.later(this.random.integer(fromMs, toMs), run);
  }

  /**
   * Calls `listener` with the party of each telephony event. It is called inside the engine's own step, so it must
   * not act at once: it sets a timer.
   */
  watch(listener: (party: SeenParty) => void): void {
    const unsubscribe = this.engine.subscribe((notification) => {
      if (notification.kind !== 'telephony' || notification.injected) return;
      const { telephonySessionId, parties } = notification.body as TelephonyBody;
      for (const { id, extensionId, direction, status, park } of parties) {
        const { code, reason } = status;
        listener({ telephonySessionId, id, extensionId, direction, code, reason, parkCode: park?.id });
      }
    });
    this.#unsubscribe.push(unsubscribe);
  }

  /** Places a call. Returns the new session's id; undefined if the engine refuses. */
  dial(from: Caller, to: Called): string | undefined {
    return attempt(() => this.engine.placeCall({ from, to }).telephonySessionId);
  }

  /** Does an act. False if the engine refuses: whoever controls the call may have changed it first. */
  act(telephonySessionId: string, partyId: string, act: ActName, args: ActArguments = {}): boolean {
    return (
      attempt(() => {
        this.engine.act(telephonySessionId, partyId, act, args);
        return true;
      }) ?? false
    );
  }

  /** The extension ids in each call that is not over, of those who have not left it; undefined: somebody outside. */
  liveCalls(): (string | undefined)[][] {
    const { calls } = this.engine.state();
    return calls
      .map(({ parties }) =>
        parties.filter(isLive).map(({ extensionId }) => extensionId as string | undefined),
      )
      .filter((extensionIds) => extensionIds.length > 0);
  }

  /** The network drops the call, if it still exists. */
  drop(telephonySessionId: string): void {
    attempt(() => this.engine.dropCall(telephonySessionId));
  }

  /** Ends what was scheduled and watched. */
  close(): void {
    this.#closed = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }
}

function isLive({ status }: PartyState): boolean {
  return status.code !== 'Disconnected' && status.code !== 'Gone';
}

/** What `run` returns; undefined where the engine refuses. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

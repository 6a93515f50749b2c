import type { Clock } from '../clock.ts';
import {
  type ActArguments,
  type ActName,
  ApiError,
  type Called,
  type Caller,
  type Engine,
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

/** Where people act: at phones only, like everybody, and until the stage is closed. */
export class Stage {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly random: Random;
  readonly #leave: (() => void)[] = [];
  #closed = false;

  constructor(engine: Engine, clock: Clock, random: Random) {
    this.engine = engine;
    this.clock = clock;
    this.random = random;
  }

  later(ms: number, run: () => void): void {
    this.clock.setTimeout(() => {
      if (!this.#closed) run();
    }, ms);
  }

  /** After a time that is different each time. */
  between(fromMs: number, toMs: number, run: () => void): void {
    this.later(this.random.integer(fromMs, toMs), run);
  }

  /** Tells every event of a leg. The listener must not act before its own next timer. */
  watch(listener: (party: SeenParty) => void): void {
    const leave = this.engine.subscribe((notification) => {
      if (notification.kind !== 'telephony' || notification.injected) return;
      const { telephonySessionId, parties } = notification.body as TelephonyBody;
      for (const { id, extensionId, direction, status, park } of parties) {
        const { code, reason } = status;
        listener({ telephonySessionId, id, extensionId, direction, code, reason, parkCode: park?.id });
      }
    });
    this.#leave.push(leave);
  }

  /** The new session's id; undefined if it cannot be dialled as things are. */
  dial(from: Caller, to: Called): string | undefined {
    return attempt(() => this.engine.placeCall({ from, to }).telephonySessionId);
  }

  /** Whether it worked: somebody else may have been faster. */
  act(telephonySessionId: string, partyId: string, act: ActName, args: ActArguments = {}): boolean {
    return (
      attempt(() => {
        this.engine.act(telephonySessionId, partyId, act, args);
        return true;
      }) ?? false
    );
  }

  drop(telephonySessionId: string): void {
    attempt(() => this.engine.dropCall(telephonySessionId));
  }

  close(): void {
    this.#closed = true;
    for (const leave of this.#leave) leave();
  }
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

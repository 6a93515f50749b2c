import { randomInt } from 'node:crypto';
import { BoundedMap } from '../../shared/bounded.ts';
import type { FrameDump } from './store-dump.ts';

/** Calls whose handles are kept; the one that got its handle first is forgotten first. */
const LIMIT = 20_000;

/**
 * Short names for calls (`c417`), which a model copies with fewer mistakes than an id. A number is given once in the
 * life of the process. The first one is random, so that a handle from before a restart rarely names another call.
 */
export class CallHandles {
  readonly #byId = new BoundedMap<string, string>(LIMIT);
  readonly #ids = new BoundedMap<string, string>(LIMIT);
  #last = randomInt(100, 900);

  dump(): FrameDump['handles'] {
    return { last: this.#last, ids: [...this.#byId] };
  }

  load({ last, ids }: FrameDump['handles']): void {
    this.#last = last;
    this.#byId.clear();
    this.#ids.clear();
    for (const [id, handle] of ids) this.#keep(id, handle);
  }

  /** The handle of a call, which gets one with the first use. */
  of(telephonySessionId: string): string {
    const known = this.#byId.get(telephonySessionId);
    if (known !== undefined) return known;
    this.#last += 1;
    const handle = `c${this.#last}`;
    this.#keep(telephonySessionId, handle);
    return handle;
  }

  /** The id of the call with this handle, however it is spelled; undefined where there is none. */
  find(handle: string): string | undefined {
    return this.#ids.get(handle.trim().toLowerCase());
  }

  #keep(telephonySessionId: string, handle: string): void {
    this.#byId.set(telephonySessionId, handle);
    this.#ids.set(handle, telephonySessionId);
  }
}

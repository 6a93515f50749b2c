import { randomInt } from 'node:crypto';
import { BoundedMap } from '../../shared/bounded.ts';

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

  /** The handle of a call, which gets one with the first use. */
  of(telephonySessionId: string): string {
    const known = this.#byId.get(telephonySessionId);
    if (known !== undefined) return known;
    this.#last += 1;
    const handle = `c${this.#last}`;
    this.#byId.set(telephonySessionId, handle);
    this.#ids.set(handle, telephonySessionId);
    return handle;
  }

  /** The id of the call with this handle, however it is spelled; undefined where there is none. */
  find(handle: string): string | undefined {
    return this.#ids.get(handle.trim().toLowerCase());
  }
}

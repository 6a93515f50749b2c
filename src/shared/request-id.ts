import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

const current = new AsyncLocalStorage<string>();

/** Runs `handle` under a request id: every log line that it causes carries the id. */
export const withRequestId = <T>(id: string, handle: () => T): T => current.run(id, handle);

/** The id of the HTTP request that is being handled, if any. */
export const requestId = (): string | undefined => current.getStore();

/** A proxy's id where it is one that can stand in a log, else a new one. */
export const acceptRequestId = (given: string | undefined): string =>
  given !== undefined && /^[\w.:-]{8,128}$/.test(given) ? given : randomUUID();

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects garbage now: all of it, or what is young. */
export const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void;

/** Bytes of the heap that are in use once garbage is collected. */
export function heapInUse(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

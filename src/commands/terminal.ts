import { closeSync, openSync } from 'node:fs';

/**
 * Whether a terminal controls this process, so that SIGHUP says that it was closed. To be asked at the start: the
 * terminal may have gone by the time of the signal. On Windows there is no other SIGHUP.
 */
export function hasTerminal(): boolean {
  if (process.platform === 'win32') return true;
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

import { Failure } from '../shared/failure.ts';
import { loadOnce } from '../shared/load-once.ts';
import type { Lines } from './lines.ts';

/**
 * The line of a process with one login, whose code is loaded by `open`: a host that only lists tools needs none of it,
 * and every window of a host starts a server.
 */
export function openLater(load: () => Promise<Lines>): Lines {
  let opened: Lines | undefined;
  const opening = loadOnce(async () => {
    opened = await load();
  });
  return {
    open: opening.load,
    switchboard: {
      lineOf(principal) {
        if (opened) return opened.switchboard.lineOf(principal);
        throw new Failure(
          'unavailable',
          'The server could not be loaded in whole. Try again; if that does not help, restart it.',
        );
      },
    },
    lines: () => opened?.lines() ?? [],
    stopAsking: () => opened?.stopAsking(),
    async stopActing() {
      await opening.loaded();
      await opened?.stopActing();
    },
    async logOut() {
      await opened?.logOut();
    },
  };
}

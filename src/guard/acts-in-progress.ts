import type { Clock } from '../shared/clock.ts';

/** Acts that were let through and have not ended yet: a shutdown waits for them. */
export interface ActsInProgress {
  /**
   * Notes that an act has begun.
   * @returns to be called once, when the act has ended
   */
  begin(): () => void;
  /** Resolves when no act is under way, at the latest after `ms`. For one waiter at a time. */
  settled(ms: number): Promise<void>;
}

export function createActsInProgress(clock: Clock): ActsInProgress {
  let acts = 0;
  let whenNone = () => {};
  return {
    begin() {
      acts += 1;
      return () => {
        acts -= 1;
        if (acts === 0) whenNone();
      };
    },
    async settled(ms) {
      if (acts === 0) return;
      await new Promise<void>((resolve) => {
        const stop = clock.after(ms, resolve);
        whenNone = () => {
          stop();
          resolve();
        };
      });
    },
  };
}

import type { Action } from './action.ts';

/** Takes a turn with the calls that an act touches, once those that began before on one of them have ended. Gives its end. */
export type TakeTurn = (action: Action) => Promise<() => void>;

interface Turn {
  calls: readonly string[];
  ended: Promise<void>;
}

/**
 * Acts on one call take turns, from the look at it until the request is answered: else two of them would be judged by
 * looks that neither shows in, and both be sent. Plans and their acts take none: whoever acts on a call of a plan takes it
 * over at once.
 */
export function createCallTurns(): TakeTurn {
  const turns = new Set<Turn>();
  return async ({ telephonySessionId, other, steps, mandate }) => {
    const isOfPlan = steps !== undefined || mandate !== undefined;
    const calls = isOfPlan
      ? []
      : [telephonySessionId, other?.telephonySessionId].filter((id) => id !== undefined);
    const before = [...turns].filter((turn) => turn.calls.some((id) => calls.includes(id)));
    let end = () => {};
    const turn: Turn = {
      calls,
      ended: new Promise((resolve) => {
        end = resolve;
      }),
    };
    turns.add(turn);
    await Promise.all(before.map(({ ended }) => ended));
    return () => {
      turns.delete(turn);
      end();
    };
  };
}

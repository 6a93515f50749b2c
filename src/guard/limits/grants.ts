import type { Clock } from '../../base/clock.ts';
import type { SessionView } from '../../calls/view.ts';
import type { Action } from '../action.ts';
import { canonical } from '../canonical.ts';
import { company } from '../fingerprint.ts';

const GRANT_MS = 10 * 60_000;
const LIMIT = 1_000;

export interface Grant {
  principal: string;
  tool: string;
  telephonySessionId?: string;
  expiresAt: number;
}

/** A yes that lasts: for one principal, tool, call and target, as long as the same people are on the call. */
export interface Grants {
  add(action: Action, call: SessionView | undefined): void;
  covers(action: Action, call: SessionView | undefined): boolean;
  of(principal: string): Grant[];
}

export function createGrants(clock: Clock): Grants {
  const byKey = new Map<string, Grant>();
  const forget = () => {
    for (const [key, { expiresAt }] of byKey) if (expiresAt <= clock.now()) byKey.delete(key);
  };
  return {
    add(action, call) {
      forget();
      const { principal, tool, telephonySessionId } = action;
      const [oldest] = byKey.keys();
      if (byKey.size >= LIMIT && oldest !== undefined) byKey.delete(oldest);
      byKey.set(keyOf(action, call), {
        principal,
        tool,
        ...(telephonySessionId && { telephonySessionId }),
        expiresAt: clock.now() + GRANT_MS,
      });
    },
    covers(action, call) {
      forget();
      return byKey.has(keyOf(action, call));
    },
    of(principal) {
      forget();
      return [...byKey.values()].filter((grant) => grant.principal === principal);
    },
  };
}

const keyOf = (action: Action, call: SessionView | undefined): string => {
  const { principal, tool, telephonySessionId, partyId, other, targets, deviceIds } = action;
  return canonical([
    ...[principal, tool, telephonySessionId, partyId, other, targets, deviceIds],
    call ? company(call) : null,
  ]);
};

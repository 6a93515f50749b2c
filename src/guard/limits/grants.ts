import { BoundedMap } from '../../shared/bounded.ts';
import { canonicalJson } from '../../shared/canonical.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Action } from '../action.ts';
import type { CallSnapshot } from '../assessment/call-snapshot.ts';
import { rosterDigest } from '../assessment/fingerprint.ts';
import { binding } from '../confirmation/pending-questions.ts';
import type { PolicyFacts } from '../policy/decide.ts';

const GRANT_MS = 10 * 60_000;
const LIMIT = 1_000;

export interface Grant {
  principal: string;
  tool: string;
  telephonySessionId?: string;
  expiresAt: number;
}

/**
 * A person's yes that lasts ten minutes: for one principal, tool and the very same arguments (a grant to mute is none
 * to unmute), as long as the same people are on every call that is touched and the targets mean the same.
 */
export interface Grants {
  add(action: Action, facts: PolicyFacts, snapshot: CallSnapshot): void;
  covers(action: Action, facts: PolicyFacts, snapshot: CallSnapshot): boolean;
  of(principal: string): Grant[];
}

/** @param ended called when the time of a grant has passed */
export function createGrants(clock: Clock, ended: () => void): Grants {
  const byKey = new BoundedMap<string, Grant>(LIMIT);
  const forget = () => {
    for (const [key, { expiresAt }] of byKey) if (expiresAt <= clock.now()) byKey.delete(key);
  };
  const end = (key: string, grant: Grant) => {
    if (byKey.get(key) === grant) byKey.delete(key);
    ended();
  };
  return {
    add(action, facts, snapshot) {
      forget();
      const { principal, tool, telephonySessionId } = action;
      const key = keyOf(action, facts, snapshot);
      const grant = {
        ...{ principal, tool, expiresAt: clock.now() + GRANT_MS },
        ...(telephonySessionId && { telephonySessionId }),
      };
      byKey.set(key, grant);
      // Time passes even where somebody sets the clock back.
      clock.after(GRANT_MS, () => end(key, grant));
    },
    covers(action, facts, snapshot) {
      forget();
      return byKey.has(keyOf(action, facts, snapshot));
    },
    of(principal) {
      forget();
      return [...byKey.values()].filter((grant) => grant.principal === principal);
    },
  };
}

const keyOf = (action: Action, facts: PolicyFacts, snapshot: CallSnapshot): string =>
  canonicalJson([binding(action), facts.targets.map(({ identity }) => identity), rosterDigest(snapshot)]);

import { BoundedMap } from '../../shared/bounded.ts';
import { canonicalJson } from '../../shared/canonical.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Action } from '../action.ts';
import type { CallSnapshot } from '../assessment/call-snapshot.ts';
import { rosterDigest } from '../assessment/fingerprint.ts';
import { binding } from '../confirmation/pending-questions.ts';
import type { PolicyFacts } from '../policy/decide.ts';
import type { GrantTerms } from './grant-terms.ts';

const LIMIT = 1_000;

/** What a view shows of a grant. */
export interface Grant {
  principal: string;
  tool: string;
  telephonySessionId?: string;
  expiresAt: number;
}

/** What a grant is looked up by. */
export interface Granted {
  action: Action;
  facts: PolicyFacts;
  snapshot: CallSnapshot;
}

/** Keeps grants until their time has passed. */
export interface GrantStore {
  /** @param key what the grant is for */
  add(key: string, grant: Omit<Grant, 'expiresAt'>, ms: number): Promise<void>;
  has(key: string, principal: string): Promise<boolean>;
  of(principal: string): Promise<Grant[]>;
}

/**
 * A person's yes that lasts a while: for one principal, tool and the very same arguments (a grant to mute is none to
 * unmute), as long as the same people are on every call that is touched and the targets mean the same; of a ready
 * message, for whoever calls.
 */
export interface Grants {
  add(granted: Granted, terms: GrantTerms): Promise<void>;
  covers(granted: Granted, terms: GrantTerms): Promise<boolean>;
}

export const createGrants = (store: GrantStore): Grants => ({
  add(granted, terms) {
    const { principal, tool, telephonySessionId } = granted.action;
    const grant = {
      ...{ principal, tool },
      ...(terms.for === 'act' && telephonySessionId && { telephonySessionId }),
    };
    return store.add(keyOf(granted, terms), grant, terms.ms);
  },
  covers: (granted, terms) => store.has(keyOf(granted, terms), granted.action.principal),
});

/**
 * In memory.
 * @param ended called when the time of a grant has passed
 */
export function createGrantStore(clock: Clock, ended: () => void): GrantStore {
  const byKey = new BoundedMap<string, Grant>(LIMIT);
  const forget = () => {
    for (const [key, { expiresAt }] of byKey) if (expiresAt <= clock.now()) byKey.delete(key);
  };
  const end = (key: string, grant: Grant) => {
    if (byKey.get(key) === grant) byKey.delete(key);
    ended();
  };
  return {
    async add(key, about, ms) {
      forget();
      const grant = { ...about, expiresAt: clock.now() + ms };
      byKey.set(key, grant);
      // Time passes even where somebody sets the clock back.
      clock.after(ms, () => end(key, grant));
    },
    async has(key) {
      forget();
      return byKey.has(key);
    },
    async of(principal) {
      forget();
      return [...byKey.values()].filter((grant) => grant.principal === principal);
    },
  };
}

function keyOf({ action, facts, snapshot }: Granted, terms: GrantTerms): string {
  if (terms.for === 'message') {
    const { telephonySessionId: _call, partyId: _party, ...message } = action.args;
    return canonicalJson([action.principal, action.tool, message]);
  }
  return canonicalJson([
    binding(action),
    facts.targets.map(({ identity }) => identity),
    rosterDigest(snapshot),
  ]);
}

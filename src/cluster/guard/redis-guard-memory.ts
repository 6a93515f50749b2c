import type { CreateGuardMemory } from '../../guard/memory.ts';
import { createRedisCapCounts } from './cap-counts.ts';
import { createRedisGrants } from './grants.ts';
import { createRedisKeyedRuns } from './keyed-runs.ts';
import { createLineStore, type LineStoreOptions } from './line-store.ts';
import { createRedisOwnThings } from './own-things.ts';
import { createRedisPendingQuestions } from './pending-questions.ts';
import { createRedisPhoneConsents } from './phone-consents.ts';
import { createRedisSharedSilences } from './shared-silences.ts';

/**
 * What the guard of a line remembers, where all replicas find it. Yeses are those of one policy: a replica with another
 * one in force neither verifies the state of its questions nor finds its grants.
 */
export const redisGuardMemory =
  (options: LineStoreOptions): CreateGuardMemory =>
  ({ policyHash, changed }) => {
    const store = createLineStore(options);
    const ofPolicy = { policyHash, ended: changed };
    const questions = createRedisPendingQuestions(store, ofPolicy);
    const runs = createRedisKeyedRuns(store);
    const silences = createRedisSharedSilences(store);
    return {
      ...{ questions, runs, silences },
      caps: createRedisCapCounts(store),
      grants: createRedisGrants(store, ofPolicy),
      phones: createRedisPhoneConsents(store, policyHash),
      own: createRedisOwnThings(store),
      stateKeys: store.derive(`request state ${policyHash}`),
      close() {
        questions.close();
        runs.close();
        silences.close();
      },
    };
  };

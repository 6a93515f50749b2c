import { ConfigError } from '../../config/settings.ts';
import type { Logger } from '../../shared/log.ts';
import { SealError, type Sealer } from '../../team/seal.ts';
import type { SharedTeam } from '../../team/team.ts';
import { sealPurpose } from '../../team/vault.ts';
import type { VaultStore } from '../../team/vault-store.ts';
import { defineScript, type Redis } from '../redis/redis.ts';
import { nameOf } from './names.ts';
import { Notices } from './notices.ts';
import { createSharedArtefacts, rewrapArtefacts } from './shared-artefacts.ts';
import { createSharedPageSessions } from './shared-page-sessions.ts';
import { createSharedPending } from './shared-pending.ts';
import { createSharedVault } from './shared-vault.ts';

const takeTurn = defineScript(`return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0`);

/** @throws ConfigError where the records of people are sealed with a team key that this replica does not have */
async function refuseOtherKey(store: VaultStore, sealer: Sealer): Promise<void> {
  for (const [owner, { generation, sealed }] of await store.all()) {
    try {
      sealer.open(sealed, { owner, purpose: sealPurpose, generation });
    } catch (error) {
      if (!(error instanceof SealError) || error.why !== 'unknown key') continue;
      throw new ConfigError(
        'RC_MCP_TEAM_KEY is not the key with which the sign-ins in Redis are sealed: give all replicas the same, and the ' +
          'one before it as RC_MCP_TEAM_KEY_PREVIOUS.',
      );
    }
  }
}

/**
 * Opens what the replicas of a server keep of sign-in together: in Redis, its secrets sealed.
 * @throws ConfigError for another team key than that of the other replicas; Failure `unavailable` where Redis does not
 * answer
 */
export async function openSharedTeam(redis: Redis, sealer: Sealer, log: Logger): Promise<SharedTeam> {
  const notices = new Notices(redis, log);
  await notices.open();
  const vault = createSharedVault(redis, notices);
  await refuseOtherKey(vault.store, sealer);
  const rewrapped = await rewrapArtefacts(redis, notices, sealer);
  if (rewrapped > 0) log.info({ rewrapped }, 'what apps have was put under the new team key');
  return {
    ...vault,
    pending: createSharedPending(redis, sealer),
    pageSessions: createSharedPageSessions(redis, sealer),
    openArtefacts: (errors) => createSharedArtefacts({ redis, notices, sealer, log, ...errors }),
    turn: async (subject, ms) =>
      (await redis.run(takeTurn, [redis.key('team', 'turn', nameOf(subject))], [redis.replica, ms])) === 1,
    listen: () => notices.listen(),
    close: () => notices.close(),
  };
}

import { ConfigError } from '../../config/settings.ts';
import type { Logger } from '../../shared/log.ts';
import { SealError, type Sealer } from '../../team/seal.ts';
import type { SharedTeam } from '../../team/team.ts';
import type { LogTail } from '../redis/log-tail.ts';
import { defineScript, type Redis } from '../redis/redis.ts';
import { nameOf } from './names.ts';
import { Notices } from './notices.ts';
import { createSharedArtefacts, rewrapArtefacts } from './shared-artefacts.ts';
import { createSharedPageSessions } from './shared-page-sessions.ts';
import { createSharedPending } from './shared-pending.ts';
import { createSharedVault } from './shared-vault.ts';

export interface SharedTeamOptions {
  redis: Redis;
  tail: LogTail;
  sealer: Sealer;
  log: Logger;
}

const takeTurn = defineScript(`return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0`);

/** A text that everybody knows, sealed, tells whether all replicas have the same team key. */
const checkKey = (redis: Redis) => redis.key('team', 'check');
const checkContext = { owner: 'replicas', purpose: 'check of the team key', generation: 1 };

/** @throws ConfigError where this is not the team key of the replicas, or where the text is damaged */
async function checkTeamKey(redis: Redis, sealer: Sealer): Promise<void> {
  const key = checkKey(redis);
  await redis.send('SET', key, sealer.seal('team key', checkContext), 'NX');
  await compareTeamKey(redis, sealer);
  const kept = String(await redis.send('GET', key));
  if (sealer.isOutdated(kept)) await redis.send('SET', key, sealer.rewrap(kept, checkContext));
}

/**
 * Compares the team key with that of the replicas. Writes nothing.
 * @returns false where they keep nothing of sign-in yet
 * @throws as `checkTeamKey`
 */
export async function compareTeamKey(redis: Redis, sealer: Sealer): Promise<boolean> {
  const key = checkKey(redis);
  const kept = await redis.send('GET', key);
  if (kept === null) return false;
  try {
    sealer.open(String(kept), checkContext);
    return true;
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    if (error.why === 'not sealed') {
      throw new ConfigError(
        `${key} in Redis is damaged, which tells whether all replicas have the same team key. Make sure that ` +
          'RC_MCP_TEAM_KEY is the same at all, and remove it from Redis (DEL): the next start writes it anew.',
      );
    }
    throw new ConfigError(
      'RC_MCP_TEAM_KEY is not the key with which the sign-ins in Redis are sealed: give all replicas the same, and the ' +
        'one before it as RC_MCP_TEAM_KEY_PREVIOUS.',
    );
  }
}

/**
 * Opens what the replicas of a server keep of sign-in together: in Redis, its secrets sealed.
 * @throws ConfigError for another team key than that of the other replicas; Failure `unavailable` where Redis does not
 * answer
 */
export async function openSharedTeam({ redis, tail, sealer, log }: SharedTeamOptions): Promise<SharedTeam> {
  const notices = new Notices(redis, tail, log);
  await notices.open();
  await checkTeamKey(redis, sealer);
  const rewrapped = await rewrapArtefacts(redis, notices, sealer);
  if (rewrapped > 0) log.info({ rewrapped }, 'what apps have was put under the new team key');
  return {
    ...createSharedVault(redis, notices),
    pending: createSharedPending(redis, sealer),
    pageSessions: createSharedPageSessions(redis, sealer),
    openArtefacts: (errors) => createSharedArtefacts({ redis, notices, sealer, log, ...errors }),
    turn: async (subject, ms) =>
      (await redis.run(takeTurn, [redis.key('team', 'turn', nameOf(subject))], [redis.replica, ms])) === 1,
    listen: () => notices.listen(),
    close: () => notices.close(),
  };
}

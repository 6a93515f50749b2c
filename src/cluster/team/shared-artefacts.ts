import type { AdapterPayload } from 'oidc-provider';
import { BoundedMap, BoundedSet } from '../../shared/bounded.ts';
import type { Logger } from '../../shared/log.ts';
import {
  type AppPermission,
  type Artefacts,
  type ArtefactsOptions,
  keptOf,
  largestArtefact,
  permissionOf,
  unknownAppsKept,
  usedKept,
  type Where,
} from '../../team/artefacts.ts';
import { type SealContext, SealError, type Sealer } from '../../team/seal.ts';
import { openJson } from '../../team/sealed-json.ts';
import type { Redis } from '../redis/redis.ts';
import * as scripts from './artefact-scripts.ts';
import { nameOf } from './names.ts';
import type { Notices } from './notices.ts';

export interface SharedArtefactsOptions extends Pick<ArtefactsOptions, 'alreadyUsed' | 'tooLarge'> {
  redis: Redis;
  notices: Notices;
  sealer: Sealer;
  log: Logger;
}

/** Models that outlive a change of the team key. */
const lasting = ['Client', 'Grant', 'RefreshToken', 'Session'];
const rewrappedAtOnce = 100;
/** Permissions that were looked up last, and those whose end was heard of last. */
const rememberedGrants = 10_000;

/**
 * Artefacts in Redis, sealed and bound to their ids, which are tokens and stand nowhere. What checks and changes is one
 * script: of all replicas that use the same code or refresh token one is first, and the others are told; with that
 * everything of this permission ends (RFC 9700 sections 4.13 and 4.14).
 */
export function createSharedArtefacts(options: SharedArtefactsOptions): Artefacts {
  const { redis, notices, sealer, log, alreadyUsed, tooLarge } = options;
  const base = redis.key('team', 'as');
  const keys = [base, notices.key];
  /** Ids: a reading that was overtaken by the end does not bring one back. */
  const ended = new BoundedSet<string>(rememberedGrants);
  /** With whose they are: something may be open here that came by them. */
  const known = new BoundedMap<string, string>(rememberedGrants);
  let grantEnded: (accountId: string, grantId: string, where: Where) => void = () => {};

  const named = (text: string | undefined): string => (text === undefined ? '' : nameOf(text));
  const read = async (model: string, name: string): Promise<AdapterPayload | undefined> => {
    const [sealed, used] = (await redis.send('HMGET', `${base}:${model}:${name}`, 'p', 'used')) as (
      | string
      | null
    )[];
    if (!sealed) return undefined;
    const payload = openJson<AdapterPayload>(sealer, sealed, contextOf(model, name), ({ message }) =>
      log.error({ model, reason: message }, 'what an app or a browser was given cannot be opened'),
    );
    return payload && used ? { ...payload, consumed: Number(used) } : payload;
  };
  const find = (model: string, id: string) => read(model, nameOf(id));
  const noteEnd = ([accountId, grantId]: readonly string[]): boolean => {
    if (!accountId || !grantId) return false;
    ended.add(grantId);
    grantEnded(accountId, grantId, 'here');
    return true;
  };
  const grantsOf = async (accountId: string) =>
    (await redis.run(scripts.grantsOf, keys, [nameOf(accountId)])) as string[];
  const permission = async (id: string): Promise<AppPermission | undefined> => {
    const grant = await find('Grant', id);
    return grant && permissionOf(id, grant, await find('Client', grant.clientId ?? ''));
  };
  const endedElsewhere = (accountId: string, grantId: string) => {
    ended.add(grantId);
    known.delete(grantId);
    grantEnded(accountId, grantId, 'elsewhere');
  };
  notices.onNotice((notice) => {
    if (notice.kind === 'grant') endedElsewhere(notice.subject, notice.grant);
  });
  const lookAnew = async () => {
    for (const [id, accountId] of [...known])
      if ((await find('Grant', id)) === undefined) endedElsewhere(accountId, id);
  };
  notices.onMissed(() => {
    lookAnew().catch(({ message }: Error) =>
      log.warn({ reason: message }, 'permissions cannot be looked at'),
    );
  });

  return {
    adapterOf: (model) => ({
      async upsert(id, payload, expiresIn) {
        const text = JSON.stringify(payload);
        if (text.length > largestArtefact) throw tooLarge();
        const name = nameOf(id);
        const { grantId, accountId, clientId } = payload;
        const uid = typeof payload.uid === 'string' ? payload.uid : undefined;
        await redis.run(scripts.upsert, keys, [
          ...[model, name, sealer.seal(text, contextOf(model, name))],
          expiresIn === undefined ? 0 : Math.max(1, Math.round(expiresIn * 1000)),
          ...[named(grantId), model === 'Grant' ? id : '', named(accountId), accountId ?? ''],
          ...[named(uid), named(clientId), keptOf(model), unknownAppsKept],
        ]);
      },
      find: (id) => find(model, id),
      async findByUid(uid) {
        const name = (await redis.send('GET', `${base}:uid:${model}:${nameOf(uid)}`)) as string | null;
        return name === null ? undefined : read(model, name);
      },
      findByUserCode: async () => undefined,
      async consume(id) {
        const now = Math.floor(redis.clock.now() / 1000);
        const args = [model, nameOf(id), redis.replica, now, usedKept];
        const [outcome, ...of] = (await redis.run(scripts.consume, keys, args)) as string[];
        if (outcome === 'ok') return;
        noteEnd(of);
        throw alreadyUsed();
      },
      async destroy(id) {
        noteEnd((await redis.run(scripts.destroy, keys, [model, nameOf(id), redis.replica])) as string[]);
      },
      async revokeByGrantId(grantId) {
        await redis.run(scripts.revokeOf, keys, [nameOf(grantId)]);
      },
    }),
    async hasGrant(id) {
      if (ended.has(id)) return false;
      const grant = await find('Grant', id);
      if (grant === undefined || ended.has(id)) return false;
      known.set(id, grant.accountId ?? '');
      return true;
    },
    grantsOf,
    async permissionsOf(accountId) {
      const found = await Promise.all((await grantsOf(accountId)).map(permission));
      return found.filter((one) => one !== undefined).toSorted((one, other) => other.since - one.since);
    },
    async endPermission(accountId, grantId) {
      const args = [nameOf(grantId), redis.replica, accountId];
      return noteEnd((await redis.run(scripts.endPermission, keys, args)) as string[]);
    },
    async endSessions(accountId) {
      await redis.run(scripts.endSessions, keys, [nameOf(accountId)]);
    },
    async endPerson(accountId) {
      await redis.run(scripts.endPerson, keys, [nameOf(accountId)]);
    },
    onGrantEnd(listener) {
      grantEnded = listener;
    },
  };
}

/** Puts artefacts that outlive a change of the team key under the current one. @returns how many were not */
export async function rewrapArtefacts(redis: Redis, notices: Notices, sealer: Sealer): Promise<number> {
  const base = redis.key('team', 'as');
  const rewrap = async (model: string, name: string): Promise<number> => {
    const ref = `${model}:${name}`;
    const sealed = (await redis.send('HGET', `${base}:${ref}`, 'p')) as string | null;
    try {
      if (sealed === null || !sealer.isOutdated(sealed)) return 0;
      const rewrapped = sealer.rewrap(sealed, contextOf(model, name));
      await redis.run(scripts.replacePayload, [base, notices.key], [ref, sealed, rewrapped]);
      return 1;
    } catch (error) {
      // Whoever has it connects anew: it is not found, as with every reading.
      if (error instanceof SealError) return 0;
      throw error;
    }
  };
  let changed = 0;
  for (const model of lasting) {
    const names = (await redis.send('ZRANGE', `${base}:all:${model}`, 0, -1)) as string[];
    for (let first = 0; first < names.length; first += rewrappedAtOnce) {
      const some = names.slice(first, first + rewrappedAtOnce);
      const done = await Promise.all(some.map((name) => rewrap(model, name)));
      changed += done.reduce((sum, one) => sum + one, 0);
    }
  }
  return changed;
}

const contextOf = (model: string, name: string): SealContext => ({
  owner: `${model}:${name}`,
  purpose: 'artefact of the authorization server',
  generation: 1,
});

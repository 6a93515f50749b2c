import type { Adapter, AdapterPayload } from 'oidc-provider';
import { BoundedMap } from '../shared/bounded.ts';
import type { Clock } from '../shared/clock.ts';

/** What the authorization server keeps: interactions, browser sessions, codes, grants, refresh tokens, clients. */
export interface Artefacts {
  /** As oidc-provider asks for it, one for each model. */
  adapterOf(model: string): Adapter;
  /** Whether the person's permission for an app still counts. */
  hasGrant(id: string): Promise<boolean>;
  /** Ids of the permissions of a person with which an app can still get tokens. */
  grantsOf(accountId: string): Promise<string[]>;
  /** The permissions of a person with which an app can still get tokens, the newest first. */
  permissionsOf(accountId: string): Promise<AppPermission[]>;
  /** Ends a person's permission, with its tokens. @returns false where the person has none of this id */
  endPermission(accountId: string, grantId: string): Promise<boolean>;
  /**
   * Ends what a person has under way, and what browsers know of them. Permissions stay, and count again once the person
   * has signed in anew on their own page, which shows them.
   */
  endSessions(accountId: string): Promise<void>;
  /** Ends all that belongs to a person: permissions, tokens, browser sessions. */
  endPerson(accountId: string): Promise<void>;
  /** Is called when a permission was ended before its time, but by `endPerson`, with whose it was and its id. */
  onGrantEnd(listener: (accountId: string, grantId: string, where: Where) => void): void;
}

/** Whether this process has ended something itself, or hears that another replica has, which does what is to be done once. */
export type Where = 'here' | 'elsewhere';

/** What a person lets an app do. */
export interface AppPermission {
  id: string;
  /** Of the app; a URL is that of its metadata document. */
  clientId: string;
  /** As the app called itself when it registered; absent for an app with a metadata document. */
  clientName?: string;
  /** Epoch ms. */
  since: number;
  scopes: readonly string[];
}

/** One of them as it outlives a restart. */
export interface KeptArtefact {
  model: string;
  id: string;
  payload: AdapterPayload;
  /** Epoch ms; null: never. */
  expiresAt: number | null;
}

/** Where artefacts outlive a restart. */
export interface ArtefactsJournal {
  /** What was there at the start. */
  readonly kept: readonly KeptArtefact[];
  /** Writes what `list` gives by then; resolves when that is done. What fails is in the log. */
  save(list: () => readonly KeptArtefact[]): Promise<void>;
  close(): Promise<void>;
}

export interface ArtefactsOptions {
  clock: Clock;
  /** Absent: nothing outlives a restart. */
  journal?: ArtefactsJournal;
  /** The error for a code or refresh token that somebody else has used at the same moment. */
  alreadyUsed: () => Error;
  /** The error for a client's registration that is too large to be kept. */
  tooLarge: () => Error;
}

interface Entry {
  payload: AdapterPayload;
  /** Epoch ms. */
  expiresAt: number;
}

/** What an app needs to go on, and a browser to be known. The rest is good for minutes. */
const lasting: readonly string[] = ['Client', 'Grant', 'RefreshToken', 'Session'];

/** Of each model at most; the oldest make room. */
const mostOf: Readonly<Record<string, number>> = { Interaction: 1_000, AuthorizationCode: 1_000 };
const keptOtherwise = 10_000;
export const keptOf = (model: string): number => mostOf[model] ?? keptOtherwise;
/** Used refresh tokens of one permission, by which it is noticed that somebody uses one again. */
export const usedKept = 5;
/** Apps that have registered themselves, and that nobody has permitted anything yet. */
export const unknownAppsKept = 1_000;
/** In characters of JSON: what strangers can put in is the request of an app, and its registration. */
export const largestArtefact = 16 * 1024;

/**
 * Artefacts in memory, and in the journal. Each operation is done at once, so that of two who use the same code or
 * refresh token one is first and the other is told; with that everything of this permission ends (RFC 9700 sections 4.13
 * and 4.14).
 */
export function createArtefacts({ clock, journal, alreadyUsed, tooLarge }: ArtefactsOptions): Artefacts {
  const models = new Map<string, BoundedMap<string, Entry>>();
  const unknownApps = new BoundedMap<string, Entry>(unknownAppsKept);
  let grantEnded: (accountId: string, grantId: string, where: Where) => void = () => {};

  const entriesOf = (model: string): BoundedMap<string, Entry> => {
    const entries = models.get(model) ?? new BoundedMap<string, Entry>(keptOf(model));
    models.set(model, entries);
    return entries;
  };
  const find = (model: string, id: string): AdapterPayload | undefined => {
    const entry = entriesOf(model).get(id) ?? (model === 'Client' ? unknownApps.get(id) : undefined);
    return entry && entry.expiresAt > clock.now() ? entry.payload : undefined;
  };
  const destroyWhere = (matches: (payload: AdapterPayload, model: string) => boolean) => {
    for (const [model, entries] of models) {
      if (model === 'Grant' || model === 'Client') continue;
      for (const [id, { payload }] of entries) if (matches(payload, model)) entries.delete(id);
    }
  };
  const endGrant = (grantId: string) => {
    destroyWhere((payload) => payload.grantId === grantId);
    entriesOf('Grant').delete(grantId);
  };
  const endGrantOf = (grantId: string) => {
    const accountId = find('Grant', grantId)?.accountId;
    endGrant(grantId);
    if (accountId !== undefined) grantEnded(accountId, grantId, 'here');
  };
  /** Ids of permissions with which something can still be done. */
  const inUse = (): ReadonlySet<string | undefined> =>
    new Set(
      ['AuthorizationCode', 'RefreshToken'].flatMap((model) =>
        [...entriesOf(model).keys()].map((id) => find(model, id)?.grantId),
      ),
    );
  const ownGrants = (accountId: string) =>
    [...entriesOf('Grant').keys()].filter((id) => find('Grant', id)?.accountId === accountId);
  /** A busy app has a new token each ten minutes: of the old ones the last are enough. */
  const forgetUsed = (grantId: string | undefined) => {
    const tokens = entriesOf('RefreshToken');
    const used = [...tokens].filter(
      ([, { payload }]) => payload.grantId === grantId && payload.consumed !== undefined,
    );
    for (const [id] of used.slice(0, -usedKept)) tokens.delete(id);
  };
  /** From now on the app is not among those that make room first. */
  const keepApp = (clientId: string | undefined) => {
    const entry = clientId === undefined ? undefined : unknownApps.get(clientId);
    if (clientId === undefined || entry === undefined) return;
    unknownApps.delete(clientId);
    entriesOf('Client').set(clientId, entry);
  };

  const lastingOnes = (): KeptArtefact[] =>
    lasting.flatMap((model) =>
      [...entriesOf(model)]
        .filter(([, { expiresAt }]) => expiresAt > clock.now())
        .map(([id, { payload, expiresAt }]) => ({
          ...{ model, id, payload },
          expiresAt: Number.isFinite(expiresAt) ? expiresAt : null,
        })),
    );
  const save = async (model: string): Promise<void> => {
    if (lasting.includes(model)) await journal?.save(lastingOnes);
  };
  for (const { model, id, payload, expiresAt } of journal?.kept ?? [])
    entriesOf(model).set(id, { payload, expiresAt: expiresAt ?? Number.POSITIVE_INFINITY });

  return {
    adapterOf: (model) => ({
      async upsert(id, payload, expiresIn) {
        if (JSON.stringify(payload).length > largestArtefact) throw tooLarge();
        const expiresAt = expiresIn === undefined ? Number.POSITIVE_INFINITY : clock.now() + expiresIn * 1000;
        if (model === 'Grant') keepApp(payload.clientId);
        const isUnknownApp = model === 'Client' && !entriesOf(model).has(id);
        (isUnknownApp ? unknownApps : entriesOf(model)).set(id, { payload, expiresAt });
        if (!isUnknownApp) await save(model);
      },
      async find(id) {
        const payload = find(model, id);
        return payload && { ...payload };
      },
      async findByUid(uid) {
        for (const { payload, expiresAt } of entriesOf(model).values())
          if (payload.uid === uid && expiresAt > clock.now()) return { ...payload };
        return undefined;
      },
      findByUserCode: async () => undefined,
      async consume(id) {
        const payload = find(model, id);
        if (payload && payload.consumed === undefined) {
          payload.consumed = Math.floor(clock.now() / 1000);
          if (model === 'RefreshToken') forgetUsed(payload.grantId);
          await save(model);
          return;
        }
        if (payload?.grantId !== undefined) endGrantOf(payload.grantId);
        await save('Grant');
        throw alreadyUsed();
      },
      async destroy(id) {
        if (model === 'Grant') endGrantOf(id);
        else entriesOf(model).delete(id);
        await save(model);
      },
      async revokeByGrantId(grantId) {
        destroyWhere((payload) => payload.grantId === grantId);
        await save(model);
      },
    }),
    hasGrant: async (id) => find('Grant', id) !== undefined,
    async grantsOf(accountId) {
      const used = inUse();
      return ownGrants(accountId).filter((id) => used.has(id));
    },
    async permissionsOf(accountId) {
      const used = inUse();
      return ownGrants(accountId)
        .filter((id) => used.has(id))
        .map((id) => {
          const grant = find('Grant', id);
          return permissionOf(id, grant, find('Client', grant?.clientId ?? ''));
        })
        .toSorted((one, other) => other.since - one.since);
    },
    async endPermission(accountId, grantId) {
      if (find('Grant', grantId)?.accountId !== accountId) return false;
      endGrantOf(grantId);
      void save('Grant');
      return true;
    },
    async endSessions(accountId) {
      destroyWhere((payload, model) => payload.accountId === accountId && model !== 'RefreshToken');
      void save('Session');
    },
    async endPerson(accountId) {
      for (const id of ownGrants(accountId)) endGrant(id);
      destroyWhere((payload) => payload.accountId === accountId);
      void save('Grant');
    },
    onGrantEnd(listener) {
      grantEnded = listener;
    },
  };
}

/** A permission, of the grant and the client that are kept for it. */
export function permissionOf(
  id: string,
  grant: AdapterPayload | undefined,
  client: AdapterPayload | undefined,
): AppPermission {
  const clientId = grant?.clientId ?? '';
  const name = client?.client_name;
  const { scope = '' } = (grant?.openid ?? {}) as { scope?: string };
  return {
    ...{ id, clientId, since: (grant?.iat ?? 0) * 1000, scopes: scope.split(' ').filter(Boolean) },
    ...(typeof name === 'string' && { clientName: name }),
  };
}

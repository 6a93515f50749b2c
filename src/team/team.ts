import type { IncomingMessage } from 'node:http';
import { ConfigError } from '../config/settings.ts';
import type { Clock } from '../shared/clock.ts';
import { endInOrder } from '../shared/end-in-order.ts';
import { Listeners } from '../shared/listeners.ts';
import type { Logger } from '../shared/log.ts';
import { logFailed } from '../shared/log-failed.ts';
import { isLoopback } from '../shared/loopback.ts';
import type { Exchange, Route } from '../transports/http/exchange.ts';
import { createAccessTokenVerifier, type VerifyAccessToken } from './access-tokens.ts';
import { type Admission, createAdmission } from './admission.ts';
import { type Artefacts, createArtefacts } from './artefacts.ts';
import { openArtefactsJournal } from './artefacts-file.ts';
import { type ArtefactErrors, createAuthorizationServer, paths } from './authorization-server.ts';
import { watchMembership } from './membership-check.ts';
import { createMetadataFetch } from './metadata-fetch.ts';
import { operatorRoutes } from './operator-routes.ts';
import { OwnPage } from './own-page.ts';
import type { PageSessionStore } from './page-sessions.ts';
import { PendingSignIns, type PendingStore } from './pending-sign-ins.ts';
import type { PersonLine } from './person-line.ts';
import type { PersonLock } from './person-lock.ts';
import { createRingCentralOAuth, type Fetch } from './ringcentral-oauth.ts';
import { teamScopes } from './scopes.ts';
import { createSealer, type Sealer } from './seal.ts';
import { signInRoutes } from './sign-in.ts';
import { openStateDirectory } from './state-directory.ts';
import type { TeamKeys } from './team-keys.ts';
import { Vault } from './vault.ts';
import { openFileStore } from './vault-file.ts';
import { createMemoryStore, type VaultStore } from './vault-store.ts';

export interface TeamOptions {
  /** What clients call this server: https, or http on loopback. */
  publicUrl: string;
  /** The RingCentral app whose users the people are. */
  ringcentralApp: { serverUrl: string; clientId: string; clientSecret?: string };
  /** Ids of the accounts that are let in. */
  accounts: readonly string[];
  /** Extension ids or numbers of the people that are let in; absent: all people of the accounts. */
  people?: readonly string[];
  keys: TeamKeys;
  /** What people's own pages show of their lines. */
  line: PersonLine;
  /**
   * Where sign-ins and the permissions of apps are kept, sealed; absent: in memory, so that a restart asks everybody to
   * sign in again.
   */
  stateDirectory?: string;
  /** Opens what the replicas of this server keep of sign-in together, instead of a state directory. */
  openShared?(): Promise<SharedTeam>;
  clock: Clock;
  log: Logger;
  /** How RingCentral is reached; absent: Node's fetch. */
  fetch?: Fetch;
  /** How metadata documents of clients are fetched; absent: from the public internet only. */
  fetchMetadata?: Fetch;
}

/** What the replicas of a server keep of sign-in together. Methods reject where it cannot be reached. */
export interface SharedTeam {
  store: VaultStore;
  lock: PersonLock;
  pending: PendingStore;
  pageSessions: PageSessionStore;
  openArtefacts(errors: ArtefactErrors): Artefacts;
  /** Whether it is this replica's turn to look a person up, which it then has for `ms`. */
  turn(subject: string, ms: number): Promise<boolean>;
  /** Begins to hear of the other replicas, once all listeners are there. */
  listen(): void;
  close(): Promise<void>;
}

/** Sign-in for everybody of the configured accounts, each with their own RingCentral login. */
export interface Team {
  /**
   * By path, for the HTTP server: open ones for people and apps, and those of whoever runs the server. A `*` stands for
   * one segment of a path. Requests come with the paths that they have behind a proxy which strips the path of the
   * public URL.
   */
  routes: Record<string, Route>;
  /** The issuer of the access tokens: the public URL. */
  issuer: string;
  verifyToken: VerifyAccessToken;
  vault: Vault;
  /** Calls `listener` with the id of each permission of an app that has ended before its time. @returns stops that */
  onPermissionEnd(listener: (grantId: string) => void): () => void;
  /** Calls `listener` with each person who has paused. @returns stops that */
  onPause(listener: (subject: string) => void): () => void;
  /** Ends a person's sign-in, at RingCentral too, with all permissions, tokens and browser sessions. */
  endPerson(subject: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens sign-in.
 * @throws ConfigError for what the operator can mend: URL, lists, state directory, keys, Node's version
 */
export async function createTeam(options: TeamOptions): Promise<Team> {
  const { publicUrl, ringcentralApp, keys, stateDirectory, clock, log, fetch } = options;
  const issuer = issuerOf(publicUrl);
  const admission = createAdmission({
    accounts: options.accounts,
    ...(options.people && { named: options.people }),
  });
  const ringcentral = createRingCentralOAuth({
    ...ringcentralApp,
    redirectUri: `${issuer}${paths.callback}`,
    clock,
    ...(fetch && { fetch }),
  });
  const sealer = createSealer(keys);
  const shared = await options.openShared?.();
  const state = stateDirectory === undefined ? undefined : await openState(stateDirectory, sealer, log);
  const store = shared?.store ?? state?.store ?? createMemoryStore();
  const vault = new Vault({
    ...{ store, sealer, ringcentral, clock, log },
    ...(shared && { lock: shared.lock }),
  });
  const rewrapped = await vault.rewrap();
  if (rewrapped > 0) log.info({ rewrapped }, 'sign-ins were put under the new team key');
  await endThoseNotLetIn(vault, admission, log);

  const generationOf = async (subject: string) => {
    const status = await vault.status(subject);
    return status?.state === 'active' ? status.generation : undefined;
  };
  const { provider, artefacts } = await createAuthorizationServer({
    ...{ issuer, keys, clock, log, generationOf },
    fetchMetadata: options.fetchMetadata ?? createMetadataFetch(),
    openArtefacts: (errors) =>
      shared?.openArtefacts(errors) ??
      createArtefacts({ clock, ...errors, ...(state && { journal: state.journal }) }),
  });
  // It lets nobody in, and the next sign-in of that person ends it.
  const unlessDone = (what: string) => (error: unknown) =>
    logFailed(log, error, `${what} could not be ended`);
  // What a person had is ended once, by the replica that ends the sign-in.
  vault.onEnd((subject, _, where) => {
    if (where === 'here') artefacts.endSessions(subject).catch(unlessDone('sessions of browsers'));
  });
  vault.onForget((subject, where) => {
    if (where === 'here') artefacts.endPerson(subject).catch(unlessDone('permissions'));
  });
  // Without an app that may use it, a sign-in is only something that can be stolen.
  const permissionEnded = new Listeners<[grantId: string]>((err) =>
    log.error({ err }, 'a listener for ended permissions failed'),
  );
  const endUnlessUsed = async (subject: string) => {
    if ((await artefacts.grantsOf(subject)).length === 0) await vault.revoke(subject);
  };
  artefacts.onGrantEnd((subject, grantId, where) => {
    permissionEnded.emit(grantId);
    if (where === 'here') endUnlessUsed(subject).catch(unlessDone('a sign-in'));
  });

  const { serverUrl } = ringcentralApp;
  const pending = new PendingSignIns(clock, issuer, shared?.pending);
  const ownPage = new OwnPage({
    ...{ issuer, ringcentral, serverUrl, admission, vault, artefacts, pending, clock, log },
    line: options.line,
    ...(shared && { sessions: shared.pageSessions }),
  });
  const stopWatching = watchMembership({
    ...{ vault, ringcentral, admission, clock, log },
    ...(shared && { turn: shared.turn }),
  });
  shared?.listen();

  return {
    issuer,
    routes: {
      ...protocolRoutes(issuer, provider.callback()),
      ...signInRoutes({
        ...{ issuer, provider, artefacts, ringcentral, serverUrl, admission, vault, pending, ownPage, log },
        formKey: keys.current.derive('signs forms'),
      }),
      ...ownPage.routes,
      ...operatorRoutes({ vault, artefacts, log }),
    },
    verifyToken: createAccessTokenVerifier({ issuer, keys, artefacts, generationOf, clock }),
    vault,
    onPermissionEnd: (listener) => permissionEnded.add(listener),
    onPause: (listener) => ownPage.onPause(listener),
    endPerson: (subject) => vault.revoke(subject),
    close: () => endInOrder(log, [stopWatching, () => vault.close(), state?.close, shared?.close]),
  };
}

/** What outlives a restart. @throws ConfigError as `openStateDirectory` and `StateDirectory.open` */
async function openState(path: string, sealer: Sealer, log: Logger) {
  const directory = await openStateDirectory({ directory: path, sealer });
  try {
    const store = await openFileStore(directory);
    const journal = await openArtefactsJournal(directory, sealer, log);
    return {
      store,
      journal,
      close: () => endInOrder(log, [journal.close, directory.close]),
    };
  } catch (error) {
    directory.close();
    throw error;
  }
}

/** The lists may have been shortened since the sign-ins were kept. */
async function endThoseNotLetIn(vault: Vault, admission: Admission, log: Logger): Promise<void> {
  for (const { subject, name, extensionNumber } of await vault.people()) {
    const [, accountId = '', extensionId = ''] = subject.split(':');
    const extension = { accountId, extensionId, extensionNumber, name, type: 'User', status: 'Enabled' };
    const refusal = admission.refusal(extension);
    if (refusal === undefined) continue;
    log.warn({ subject, refusal }, 'somebody is not let in any more');
    await vault.revoke(subject);
  }
}

function issuerOf(publicUrl: string): string {
  const url = new URL(publicUrl);
  if (url.protocol !== 'https:' && !isLoopback(url.hostname))
    throw new ConfigError(
      `--public-url ${publicUrl} must begin with https:// for sign-in, except on loopback.`,
    );
  return `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}

type Callback = (request: IncomingMessage, response: Exchange['response']) => Promise<void>;

/** The endpoints for clients, which oidc-provider answers. */
function protocolRoutes(issuer: string, answer: Callback): Record<string, Route> {
  const { protocol, host, pathname } = new URL(issuer);
  const prefix = pathname.replace(/\/$/, '');
  /** @param rewritten the path and query that the provider gets instead of the request's own */
  const route = (methods: string[], rewritten: (url: string) => string = (url) => url): Route => ({
    methods,
    open: true,
    async handle({ request, response }) {
      const { url = '' } = request;
      Object.assign(request.headers, {
        'x-forwarded-host': host,
        'x-forwarded-proto': protocol.slice(0, -1),
      });
      // Where the provider is mounted, as Express says it.
      Object.assign(request, { baseUrl: prefix, url: rewritten(url) });
      try {
        await answer(request, response);
      } finally {
        request.url = url;
      }
    },
  });
  const metadata = (name: string): Record<string, Route> => {
    const path = `/.well-known/${name}`;
    const served = route(['GET', 'HEAD'], () => path);
    // RFC 8414 section 3.1 puts the issuer's path behind it.
    return prefix === '' ? { [path]: served } : { [path]: served, [`${path}${prefix}`]: served };
  };
  return {
    ...metadata('oauth-authorization-server'),
    ...metadata('openid-configuration'),
    [paths.authorize]: { ...route(['GET'], withScopes), page: true },
    [paths.resume]: { ...route(['GET']), page: true },
    [paths.token]: route(['POST']),
    [paths.jwks]: route(['GET', 'HEAD']),
    [paths.register]: route(['POST']),
    [paths.revoke]: route(['POST']),
  };
}

/** Clients may leave scopes out (RFC 6749 section 3.3): then the person is asked about all; reading goes with each. */
function withScopes(url: string): string {
  const [path = ''] = url.split('?', 1);
  // What comes after the first question mark may have more of them (RFC 3986 section 3.4).
  const parameters = new URLSearchParams(url.slice(path.length));
  const asked = (parameters.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
  const known = asked.some((scope) => teamScopes.includes(scope));
  const scopes = new Set([...asked, ...(known ? ['calls:read'] : teamScopes)]);
  // Several are a mistake of the client, which the provider tells it.
  if (parameters.getAll('scope').length <= 1) parameters.set('scope', [...scopes].join(' '));
  return `${path}?${parameters}`;
}

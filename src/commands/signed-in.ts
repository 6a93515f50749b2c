import { once } from 'node:events';
import { type AddressInfo, createServer as createListener } from 'node:net';
import type { Config } from '../config.ts';
import { TokenRefused } from '../team/access-tokens.ts';
import { teamScopes } from '../team/scopes.ts';
import type { Team } from '../team/team.ts';
import type { HttpServer } from '../transports/http/start-http.ts';
import type { SignedInIdentity } from '../transports/identity/identity.ts';
import { InvalidToken } from '../transports/identity/oauth.ts';

/** Lets in whoever has signed in on this server. */
const signedInIdentity = ({ issuer, verifyToken }: Team): SignedInIdentity => ({
  issuer,
  scopes: teamScopes,
  verifyToken: (token) =>
    verifyToken(token).catch((error) => {
      throw error instanceof TokenRefused ? new InvalidToken(error.message) : error;
    }),
});

/** What the HTTP server needs where people sign in. */
export function signInOptions(team: Team) {
  return { signedIn: signedInIdentity(team), routes: team.routes };
}

/** Whoever signs out, pauses, or takes a permission back, loses at once what was opened with it. */
export function endWithSignIn({ vault, onPause, onPermissionEnd }: Team, server: HttpServer): void {
  onPause(
    (subject) =>
      void server.endAllOf(({ name }) => name === subject, 'The person has paused agents: nothing was done.'),
  );
  vault.onEnd(async (subject) => {
    // Where RingCentral has ended it, what is under way says so, and where to sign in again.
    const isSignedOut = (await vault.status(subject).catch(() => undefined)) === undefined;
    await server.endAllOf(({ name }) => name === subject, 'This sign-in has ended.', isSignedOut);
  });
  onPermissionEnd(
    (id) =>
      void server.endAllOf(
        ({ grant }) => grant === id,
        'The permission of this app has been taken back.',
        true,
      ),
  );
}

/**
 * Where people sign in, a server has to know what it is called before it listens: on the sandbox, its own address. A port
 * that is chosen for it is held until `release`, so that the sandbox does not take it.
 */
export async function withOwnUrl(config: Config): Promise<{ config: Config; release(): Promise<void> }> {
  const { http } = config;
  if (!http || http.publicUrl) return { config, release: async () => {} };
  const { port, release } =
    http.port === 0 ? await holdPort(http.host) : { port: http.port, release: async () => {} };
  return {
    config: { ...config, http: { ...http, port, publicUrl: `http://${http.host}:${port}` } },
    release,
  };
}

async function holdPort(host: string): Promise<{ port: number; release(): Promise<void> }> {
  const holder = createListener().listen(0, host);
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  return { port, release: () => new Promise((resolve) => holder.close(() => resolve())) };
}

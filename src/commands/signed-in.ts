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
  vault.onEnd((subject) => void server.endAllOf(({ name }) => name === subject, 'This sign-in has ended.'));
  onPermissionEnd(
    (id) =>
      void server.endAllOf(({ grant }) => grant === id, 'The permission of this app has been taken back.'),
  );
}

/** Where people sign in, a server has to know what it is called before it listens: on the sandbox, its own address. */
export async function withOwnUrl(config: Config): Promise<Config> {
  const { http } = config;
  if (!http || http.publicUrl) return config;
  const port = http.port === 0 ? await freePort(http.host) : http.port;
  return { ...config, http: { ...http, port, publicUrl: `http://${http.host}:${port}` } };
}

async function freePort(host: string): Promise<number> {
  const probe = createListener().listen(0, host);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

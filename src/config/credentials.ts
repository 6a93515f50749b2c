import type { Credentials } from '../ringcentral/auth/credentials.ts';
import { isLoopback } from '../shared/loopback.ts';
import {
  ConfigError,
  type Environment,
  parseUrl,
  readSecret,
  refusePlaceholder,
  type Setting,
} from './settings.ts';

const production = 'https://platform.ringcentral.com';

/**
 * RingCentral's credentials from the environment.
 * @throws ConfigError that names the variables that are missing, or the one that is no value
 */
export function readCredentials(env: Environment): Credentials {
  const clientId = readSecret(env, 'RC_APP_CLIENT_ID');
  const clientSecret = readSecret(env, 'RC_APP_CLIENT_SECRET');
  const jwt = readSecret(env, 'RC_USER_JWT');
  if (!clientId || !jwt) {
    const missing = [!clientId && 'RC_APP_CLIENT_ID', !jwt && 'RC_USER_JWT'].filter(Boolean).join(' and ');
    throw new ConfigError(
      `RingCentral credentials are missing: set ${missing} (and RC_APP_CLIENT_SECRET for a server app). ` +
        'They come from your app and your JWT credential in the RingCentral developer console. ' +
        'To try it without an account, start with --sandbox.',
    );
  }
  const names = { clientId: 'RC_APP_CLIENT_ID', clientSecret: 'RC_APP_CLIENT_SECRET', jwt: 'RC_USER_JWT' };
  return checkCredentials(
    { serverUrl: serverUrlOf(env), clientId, clientSecret, jwt },
    (member) => names[member],
  );
}

/** RingCentral's address. Throws `ConfigError` for what is none. */
export const serverUrlOf = (env: Environment): string =>
  checkServerUrl({ value: readSecret(env, 'RC_SERVER_URL') ?? production, name: 'RC_SERVER_URL' });

type CredentialMember = 'clientId' | 'clientSecret' | 'jwt';

/** Credentials as somebody has written them. */
interface GivenCredentials {
  serverUrl: string;
  clientId: string;
  clientSecret: string | undefined;
  jwt: string;
}

/**
 * The credentials, checked. Throws `ConfigError` for what cannot be a value of theirs; no message shows a secret.
 * @param nameOf what a member is called for whoever wrote it
 */
export function checkCredentials(
  { serverUrl, clientId, clientSecret, jwt }: GivenCredentials,
  nameOf: (member: CredentialMember) => string,
): Credentials {
  for (const [member, value] of Object.entries({ clientId, clientSecret, jwt }) as [
    CredentialMember,
    string?,
  ][])
    if (value !== undefined) refusePlaceholder({ value, name: nameOf(member) });
  checkWhole({ value: clientId, name: nameOf('clientId') });
  if (clientSecret) checkWhole({ value: clientSecret, name: nameOf('clientSecret') });
  checkJwt({ value: jwt, name: nameOf('jwt') });
  return { serverUrl, clientId, ...(clientSecret && { clientSecret }), jwt };
}

/** Throws `ConfigError` for a value with blanks or invisible characters in it. */
function checkWhole({ value, name }: Setting): void {
  if (!/[\s\p{Cf}]/u.test(value)) return;
  throw new ConfigError(`${name} has blanks or line breaks in it: copy it again, in one piece.`);
}

/** Throws `ConfigError` for what has not the form of a JWT. The value is a secret, so no message shows it. */
function checkJwt({ value, name }: Setting): void {
  if (/^bearer\s/i.test(value)) throw new ConfigError(`${name} begins with "Bearer": leave the word out.`);
  checkWhole({ value, name });
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(value)) return;
  throw new ConfigError(
    `${name} is not a JWT: that is three parts with dots between them. Copy the JWT of your credential in the ` +
      'RingCentral developer console (Credentials, JWT Credentials), not its name or client id.',
  );
}

/**
 * The URL without a slash at its end. Throws `ConfigError` for anything but a server's https address (http on
 * loopback).
 */
function checkServerUrl({ value, name }: Setting): string {
  const url = parseUrl({ value, name });
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) {
    throw new ConfigError(`${name} is ${value}; it must begin with https:// (http only on loopback).`);
  }
  if (/\/restapi(\/|$)/i.test(url.pathname)) {
    throw new ConfigError(`${name} is ${value}; leave /restapi and what follows out: ${url.origin}.`);
  }
  if (url.search || url.hash || url.username) {
    throw new ConfigError(`${name} is the server's address alone, such as ${production}.`);
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}

import type { Credentials } from '../ringcentral/auth/credentials.ts';
import { isLoopback } from '../shared/loopback.ts';
import { ConfigError, type Environment, parseUrl, readSecret, type Setting } from './settings.ts';

const production = 'https://platform.ringcentral.com';

/**
 * RingCentral's credentials from the environment.
 * @throws ConfigError that names the variables that are missing, or the one that is no value
 */
export function readCredentials(env: Environment): Credentials {
  const serverUrl = readSecret(env, 'RC_SERVER_URL') ?? production;
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
  checkWhole({ value: clientId, name: 'RC_APP_CLIENT_ID' });
  if (clientSecret) checkWhole({ value: clientSecret, name: 'RC_APP_CLIENT_SECRET' });
  checkJwt({ value: jwt, name: 'RC_USER_JWT' });
  return {
    serverUrl: checkServerUrl({ value: serverUrl, name: 'RC_SERVER_URL' }),
    clientId,
    ...(clientSecret && { clientSecret }),
    jwt,
  };
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
    `${name} is no JWT: that is three parts with dots between them. Copy the JWT of your credential in the ` +
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

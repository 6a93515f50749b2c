import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Config } from '../config.ts';
import type { Credentials } from '../ringcentral/auth/credentials.ts';
import { checkCredentials } from './credentials.ts';
import { type LoginsFile, readLoginsFile } from './logins-file.ts';
import { ConfigError, type Environment, readJsonList } from './settings.ts';

const entryForm = '{"name", "clientId", "clientSecret", "jwt", "principals"}';
const nameForm = 'is 1 to 64 letters, digits, dots, dashes or underscores';
const principalForm = 'is key:NAME of a key, or user:SUBJECT@ISSUER or client:ID@ISSUER of a token';
const text = z.string('is missing').min(1, 'is empty');

const loginEntry = z.strictObject(
  {
    name: z.string(nameForm).regex(/^[\w.-]{1,64}$/, nameForm),
    clientId: text,
    clientSecret: text.optional(),
    jwt: text,
    principals: z
      .array(
        z.string(principalForm).regex(/^(key:[\w.-]{1,64}|(user|client):\S.*@\S+)$/, principalForm),
        'is a list of who uses this login',
      )
      .min(1, 'is empty: nobody uses this login'),
  },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `has no member ${issue.keys.join(', ')}: it is ${entryForm}`
        : `is ${entryForm}`,
  },
);
const loginList = z.array(loginEntry, `is a JSON list of ${entryForm}`).min(1, 'is empty');

/** What belongs to one login alone, and so says nothing where each person has a login of their own. */
const ofOneLogin = ['RC_APP_CLIENT_ID', 'RC_APP_CLIENT_SECRET', 'RC_USER_JWT', 'RC_MCP_PHONE'];

/**
 * The logins of `RC_MCP_LOGINS_FILE`, which has to be set.
 * @throws ConfigError for a file that cannot be used, and for settings that it does not go with
 */
export function readLogins(
  { http, scope, sandbox, webhookAddress }: Config,
  env: Environment,
): ConfiguredLogin[] {
  const file = readLoginsFile(env);
  if (!http || !(http.keys || http.oauth)) {
    throw new ConfigError(
      'RC_MCP_LOGINS_FILE gives each principal a login of their own: it needs --http, and keys (RC_MCP_KEYS_FILE) or OAuth.',
    );
  }
  const other = [
    sandbox && '--sandbox',
    scope !== 'extension' && '--scope account, which shows all calls to everybody',
    webhookAddress && '--events webhook',
    ...ofOneLogin.map((name) => env[name] && name),
  ].find(Boolean);
  if (other)
    throw new ConfigError(
      `RC_MCP_LOGINS_FILE has a login for each person. It does not go with ${other}; leave one of them out.`,
    );
  return parseLogins(file);
}

/** One person's login to RingCentral, and the principals who use it. */
export interface ConfiguredLogin {
  name: string;
  credentials: Credentials;
  principals: readonly string[];
}

/**
 * Reads a list of logins.
 * @throws ConfigError with the entry and what is wrong with it; no message shows a secret
 */
export function parseLogins({ text, where, serverUrl }: LoginsFile): ConfiguredLogin[] {
  const entries = loginList.safeParse(readJsonList(text, where, entryForm));
  if (!entries.success) {
    const [issue] = entries.error.issues;
    throw new ConfigError(`${where}: ${issue?.path.join('.') || 'the list'} ${issue?.message}.`);
  }
  const logins = entries.data.map(({ name, principals, ...given }, index) => ({
    name,
    principals,
    credentials: checkCredentials(
      { serverUrl, clientId: given.clientId, jwt: given.jwt, clientSecret: given.clientSecret },
      (member) => `${where}: ${index}.${member}`,
    ),
  }));
  refuseRepetitions(logins, where);
  return logins;
}

/** Throws `ConfigError` for a name, principal or credential that stands in the list twice. */
function refuseRepetitions(logins: readonly ConfiguredLogin[], where: string): void {
  const names = new Set<string>();
  const owners = new Map<string, string>();
  for (const [index, { name, principals, credentials }] of logins.entries()) {
    if (names.has(name)) throw new ConfigError(`${where}: ${index}.name: the name ${name} is taken.`);
    names.add(name);
    for (const [nth, principal] of principals.entries()) {
      const owner = owners.get(principal);
      if (owner !== undefined) {
        throw new ConfigError(
          `${where}: ${index}.principals.${nth}: ${principal} uses the login ${owner} already.`,
        );
      }
      owners.set(principal, name);
    }
    const twin = logins.slice(0, index).find((other) => isDeepStrictEqual(other.credentials, credentials));
    if (twin) {
      // Two lines of one login would not know of each other's requests.
      throw new ConfigError(
        `${where}: ${index}.jwt is that of ${twin.name}: add the principals to that login instead.`,
      );
    }
  }
}

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { readJsonList } from '../../config/settings.ts';
import { ConfigError } from '../../config.ts';
import { adminScope, callScopes, local, type Principal, withListening } from './principal.ts';

/**
 * What keys are for. `calls`: agents come in with them. `team`: people sign in instead, and keys are for those who run the
 * server.
 */
export type KeyUse = 'calls' | 'team';
const scopesFor: Readonly<Record<KeyUse, { allowed: readonly string[]; needed: string; more: string }>> = {
  calls: { allowed: callScopes, needed: 'calls:read', more: '' },
  team: {
    allowed: [adminScope],
    needed: adminScope,
    more: '; with --sign-in agents come in as their people',
  },
};

const entryForm = '{"name", "hash", "scopes"}';
const hashForm = 'is sha256: and 64 hexadecimal digits';
const nameForm = 'is 1 to 64 letters, digits, dots, dashes or underscores';

/** A key as the operator stores it: hashed. It is 256 random bits, so that one round of SHA-256 is enough. */
function keyEntryFor(use: KeyUse) {
  const { allowed, needed, more } = scopesFor[use];
  const scope = z.enum(allowed, {
    error: ({ input }) => `cannot be ${JSON.stringify(input)}: there are ${allowed.join(', ')}${more}`,
  });
  return z.strictObject(
    {
      name: z
        .string(nameForm)
        .regex(/^[\w.-]{1,64}$/, nameForm)
        .refine((name) => name !== local.name, 'cannot be local: that is whoever runs the server'),
      hash: z.string(hashForm).regex(/^sha256:[0-9a-f]{64}$/, hashForm),
      scopes: z
        .array(scope, 'is a list of what the key may do')
        .refine((scopes) => scopes.includes(needed), `must hold ${needed}`),
    },
    {
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? `has no member ${issue.keys.join(', ')}: it is ${entryForm}`
          : `is ${entryForm}`,
    },
  );
}

export type KeyEntry = z.output<ReturnType<typeof keyEntryFor>>;

/** A list of keys. */
export interface KeyList {
  /** Of the principals. */
  readonly names: readonly string[];
  /** The principal of a key; undefined for a key that is not in the list. */
  find(key: string): Principal | undefined;
  /** Names of principals whose key is not in `next`, or is there with another secret or other scopes. */
  endedBy(next: KeyList): ReadonlySet<string>;
  /** Whether the principal of this name has this secret and these scopes here. */
  has(key: StoredKey): boolean;
}

interface StoredKey {
  hash: Buffer;
  principal: Principal;
}

/**
 * Makes a key of 256 random bits, to be shown once, and the entry that the server stores of it.
 * @param scopes of a client, or `team:admin` alone
 * @throws ConfigError for what `parseKeys` would refuse
 */
export function createKey(name: string, scopes: readonly string[]): { key: string; entry: KeyEntry } {
  const key = `rcmcp_${randomBytes(32).toString('base64url')}`;
  const use = scopes.includes(adminScope) ? 'team' : 'calls';
  const entry = keyEntryFor(use).safeParse({ name, hash: `sha256:${sha256(key).toString('hex')}`, scopes });
  if (entry.success) return { key, entry: entry.data };
  const [issue] = entry.error.issues;
  throw new ConfigError(`The ${String(issue?.path[0])} of a key ${issue?.message}.`);
}

/**
 * Reads a list of keys.
 * @param text a JSON list of `{name, hash, scopes}`
 * @param where names the file or variable that it came from
 * @throws ConfigError with the entry and what is wrong with it
 */
export function parseKeys(text: string, where: string, use: KeyUse = 'calls'): KeyList {
  const list = z.array(keyEntryFor(use), `is a JSON list of ${entryForm}`).min(1, 'is empty');
  const entries = list.safeParse(readJsonList(text, where, entryForm));
  if (!entries.success) {
    const [issue] = entries.error.issues;
    throw new ConfigError(`${where}: ${issue?.path.join('.') || 'the list'} ${issue?.message}`);
  }
  const names = new Set<string>();
  const keys = entries.data.map(({ name, hash, scopes }) => {
    if (names.has(name)) throw new ConfigError(`${where}: the name ${name} is taken.`);
    names.add(name);
    return {
      hash: Buffer.from(hash.slice('sha256:'.length), 'hex'),
      principal: { name: `key:${name}`, scopes: withListening(scopes) },
    };
  });
  return {
    names: keys.map(({ principal }) => principal.name),
    find(key) {
      const presented = sha256(key);
      let found: Principal | undefined;
      // Compares with all of them, each in constant time, so that timing does not tell which one it was.
      for (const { hash, principal } of keys) if (timingSafeEqual(hash, presented)) found = principal;
      return found;
    },
    endedBy: (next) => new Set(keys.filter((key) => !next.has(key)).map(({ principal }) => principal.name)),
    has: (key) => keys.some((own) => isSame(own, key)),
  };
}

const isSame = (one: StoredKey, other: StoredKey): boolean =>
  one.principal.name === other.principal.name &&
  one.hash.equals(other.hash) &&
  one.principal.scopes.size === other.principal.scopes.size &&
  [...one.principal.scopes].every((scope) => other.principal.scopes.has(scope));

const sha256 = (text: string) => createHash('sha256').update(text).digest();

import { readFileSync } from 'node:fs';

/** A mistake of the person who starts the server: shown as it is, exit code 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What was set, and the flag or variable that it was set with, for naming it where it is wrong. */
export interface Setting<Value = string> {
  value: Value;
  name: string;
}

/** What documents, templates and forms have in the place of a value. */
const stands: readonly RegExp[] = [
  /^<[^>]*>$/,
  /^\[[a-z _-]+\]$/i,
  /^[.…*_-]+$/,
  /(…|\.\.\.)$/,
  /^x{3,12}([-_.]x{1,12}){0,4}$/i,
  /^your[-_ ]/i,
  /^(your|my)[-_ ]?(own|ringcentral|rc|client|app|user|jwt|secret)?[-_ ]?(id|secret|jwt|token|key|value)$/i,
  /[-_ ]here$/i,
  /^(change|replace|insert|paste|enter|put)[-_ ]?(me|this|with|your|my|it)/i,
  /^(client|app)[-_ ]?(id|secret)$/i,
  /^(todo|tbd|fixme|placeholder|undefined|null|none)$/i,
];

/** @throws ConfigError where `value` is no value but what stood in its place, or came along with it */
export function refusePlaceholder({ value, name }: Setting): void {
  if (/^["'`“”„‘’«]|["'`“”’»]$/.test(value))
    throw new ConfigError(`${name} stands in quotes: leave them out.`);
  if (/\$\{[^}]*\}?|\$\([^)]*\)|\{\{.*\}\}|^\$[A-Za-z_]\w*$|^%\w+%$|^RC_[A-Z_]+$/.test(value)) {
    throw new ConfigError(
      `${name} is the name of a variable that nothing was put in for: write the value itself.`,
    );
  }
  if (stands.some((pattern) => pattern.test(value)))
    throw new ConfigError(`${name} is a placeholder: write your own value.`);
}

/** Without the blanks around it, also invisible ones that come along when a value is copied. */
export const trim = (text: string): string => text.replace(/^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu, '');

/** A variable without the blanks around it; undefined where it is empty. */
export function variable(env: Environment, name: string): string | undefined {
  const value = trim(env[name] ?? '');
  if (value === '') return undefined;
  refusePlaceholder({ value, name });
  return value;
}

/** The flag where it was given, else its twin in the environment. */
export function setting(
  flag: string | undefined,
  flagName: string,
  env: Environment,
  variableName: string,
): Setting | undefined {
  if (flag !== undefined) {
    refusePlaceholder({ value: flag, name: flagName });
    return { value: flag, name: flagName };
  }
  const value = variable(env, variableName);
  return value === undefined ? undefined : { value, name: variableName };
}

const on: ReadonlySet<string> = new Set(['1', 'true']);
const off: ReadonlySet<string> = new Set(['0', 'false']);

/** Undefined where it is neither. */
export function asSwitch(value: string): boolean | undefined {
  const word = value.toLowerCase();
  return on.has(word) ? true : off.has(word) ? false : undefined;
}

/** @throws ConfigError for what is neither on nor off */
export function isOn(env: Environment, name: string): boolean {
  const value = variable(env, name) ?? '0';
  const switched = asSwitch(value);
  if (switched !== undefined) return switched;
  throw new ConfigError(`${name} is "${value}"; set it to 1, or leave it out.`);
}

export function oneOf<T extends string>({ value, name }: Setting, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value);
  if (found === undefined) throw new ConfigError(`${name} is "${value}"; it can be ${allowed.join(', ')}.`);
  return found;
}

/** Reads `NAME`, or the file that `NAME_FILE` names (for secrets that a container mounts). */
export function readSecret(env: Environment, name: string): string | undefined {
  const file = variable(env, `${name}_FILE`);
  if (!file) return variable(env, name);
  if (variable(env, name)) throw new ConfigError(`Both ${name} and ${name}_FILE are set; keep one.`);
  const value = trim(readText(file, `${name}_FILE`));
  // Taken for "not set", an empty file of keys would let everybody in.
  if (value === '') throw new ConfigError(`${name}_FILE names ${file}, which is empty.`);
  refusePlaceholder({ value, name: `${name}_FILE names ${file}, whose content` });
  return value;
}

function readText(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(
      `${name} names ${file}, which cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
}

/** @throws ConfigError for what is no address on the web */
export function parseUrl({ value, name }: Setting): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  // `calls.example.com:443` parses, as an address of the scheme "calls.example.com".
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ConfigError(`${name} is "${value}", which is no URL that begins with https:// or http://.`);
  }
  return url;
}

export interface Address {
  host: string;
  port: number;
}

/** `host:port`, `:port`, `port`, or nothing but that it is wanted (loopback, the default port). */
export function parseAddress(
  { value, name }: Setting<string | boolean>,
  defaultPort: number,
): Address | undefined {
  const switched = typeof value === 'boolean' ? value : value === '0' ? undefined : asSwitch(value);
  if (switched === false) return undefined;
  if (switched === true) return { host: '127.0.0.1', port: defaultPort };
  const match = /^(?:(\[[0-9a-fA-F:]+\]|[^:[\]/\s]+)?:)?(\d{1,5})$/.exec(String(value));
  const port = Number(match?.[2]);
  if (!match || port > 65_535) {
    throw new ConfigError(
      `${name} is "${value}"; write host:port, such as 127.0.0.1:${defaultPort} (port 0 = any).`,
    );
  }
  return { host: match[1]?.replace(/^\[|\]$/g, '') ?? '127.0.0.1', port };
}

import { readFileSync } from 'node:fs';
import { parseJson } from '../shared/parse-json.ts';

/** A mistake of the person who starts the server. The message is shown to them as it is; the exit code is 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Environment variables, as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A value, and the flag or variable that it was set with, for messages about it. */
export interface Setting<Value = string> {
  value: Value;
  name: string;
}

/** Texts that documents and templates have in the place of a value, such as `<your-client-id>`. */
const placeholders: readonly RegExp[] = [
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

/** Throws `ConfigError` for a placeholder, the name of a variable that was not filled in, or a value in quotes. */
export function refusePlaceholder({ value, name }: Setting): void {
  if (/^["'`“”„‘’«]|["'`“”’»]$/.test(value))
    throw new ConfigError(`${name} stands in quotes: leave them out.`);
  if (/\$\{[^}]*\}?|\$\([^)]*\)|\{\{.*\}\}|^\$[A-Za-z_]\w*$|^%\w+%$|^RC_[A-Z_]+$/.test(value)) {
    throw new ConfigError(
      `${name} is the name of a variable that nothing was put in for: write the value itself.`,
    );
  }
  if (placeholders.some((pattern) => pattern.test(value)))
    throw new ConfigError(`${name} is a placeholder: write your own value.`);
}

/** Without the blanks around it, invisible ones (Unicode Cf) included, which are copied along with a value. */
export const trim = (text: string): string => text.replace(/^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu, '');

/**
 * A variable without the blanks around it; undefined where it is empty. Throws `ConfigError` as `refusePlaceholder`.
 */
export function variable(env: Environment, name: string): string | undefined {
  const value = trim(env[name] ?? '');
  if (value === '') return undefined;
  refusePlaceholder({ value, name });
  return value;
}

/** The flag where it was given, else the variable that stands for it. Throws `ConfigError` as `refusePlaceholder`. */
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

/** `1` and `true` are on, `0` and `false` off; undefined for anything else. */
function asSwitch(value: string): boolean | undefined {
  const word = value.toLowerCase();
  return on.has(word) ? true : off.has(word) ? false : undefined;
}

/** Whether a variable is on; off where it is not set. Throws `ConfigError` for what is neither. */
export function isOn(env: Environment, name: string): boolean {
  const value = variable(env, name) ?? '0';
  const switched = asSwitch(value);
  if (switched !== undefined) return switched;
  throw new ConfigError(`${name} is "${value}"; set it to 1, or leave it out.`);
}

/** The value as one of the allowed words. Throws `ConfigError` for another. */
export function oneOf<T extends string>({ value, name }: Setting, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value);
  if (found === undefined) throw new ConfigError(`${name} is "${value}"; it can be ${allowed.join(', ')}.`);
  return found;
}

/**
 * Reads `NAME`, or the file that `NAME_FILE` names (for secrets that a container mounts).
 * @throws ConfigError where both are set, or the file is empty or cannot be read
 */
export function readSecret(env: Environment, name: string): string | undefined {
  const file = variable(env, `${name}_FILE`);
  if (!file) return variable(env, name);
  if (variable(env, name)) throw new ConfigError(`Both ${name} and ${name}_FILE are set; keep one.`);
  const value = trim(readText(file, `${name}_FILE`));
  // If it counted as "not set", an empty file of keys would let everybody in.
  if (value === '') throw new ConfigError(`${name}_FILE names ${file}, which is empty.`);
  refusePlaceholder({ value, name: `${name}_FILE names ${file}, whose content` });
  return value;
}

/** The same with where it was set, for messages; not the value. */
export function secretSetting(env: Environment, name: string): Setting | undefined {
  const value = readSecret(env, name);
  const file = variable(env, `${name}_FILE`);
  return value === undefined ? undefined : { value, name: file ? `${name}_FILE (${file})` : name };
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

/** Throws `ConfigError` for anything but an http or https URL. */
export function parseUrl({ value, name }: Setting): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  // `calls.example.com:443` parses, as an address of the scheme "calls.example.com".
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ConfigError(`${name} is "${value}", which is not a URL that begins with https:// or http://.`);
  }
  return url;
}

/** Where a server listens. Port 0: any that is free. */
export interface Address {
  host: string;
  port: number;
}

/**
 * Reads where to listen: `host:port`, `:port`, `port`, or only that it is on.
 * @param otherwise host and port that are left out
 * @returns undefined where it is off
 * @throws ConfigError for what is none of these
 */
export function parseAddress(
  { value, name }: Setting<string | boolean>,
  otherwise: Address,
): Address | undefined {
  const switched = typeof value === 'boolean' ? value : value === '0' ? undefined : asSwitch(value);
  if (switched === false) return undefined;
  if (switched === true) return otherwise;
  const match = /^(?:(\[[0-9a-fA-F:]+\]|[^:[\]/\s]+)?:)?(\d{1,5})$/.exec(String(value));
  const port = Number(match?.[2]);
  if (!match || port > 65_535) {
    throw new ConfigError(
      `${name} is "${value}"; write host:port, such as ${otherwise.host}:${otherwise.port} (port 0 = any).`,
    );
  }
  return { host: match[1]?.replace(/^\[|\]$/g, '') ?? otherwise.host, port };
}

/**
 * A list in JSON, whose entries nobody has looked at yet.
 * @param where names the file or variable that it came from
 * @param form of an entry, for messages
 * @throws ConfigError for what is no JSON
 */
export function readJsonList(text: string, where: string, form: string): unknown {
  const value = parseJson(text);
  if (value === undefined) throw new ConfigError(`${where} is not JSON; it is a list of ${form}.`);
  return value;
}

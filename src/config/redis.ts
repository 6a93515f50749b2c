import { ConfigError, type Environment, type Setting, secretSetting, setting } from './settings.ts';

/** How to reach the Redis that replicas share. The password is a secret. */
export interface RedisAddress {
  /** Host and port, for messages. */
  shown: string;
  /** The flag or variable that it was set with, for messages. */
  setting: string;
  nodes: readonly { host: string; port: number }[];
  /** The name under which Sentinels know the primary, where the nodes are Sentinels. */
  sentinelName?: string;
  tls: boolean;
  username?: string;
  password?: string;
  database?: number;
}

const form =
  'redis://[user:password@]host[:port][/database], rediss:// with TLS, or of Sentinels ' +
  'redis+sentinel://[user:password@]host:port,host:port/name[/database]';

/**
 * The Redis of the replicas; undefined where there is one process.
 * @throws ConfigError, which does not repeat the password
 */
export function readRedis(flag: string | undefined, env: Environment): RedisAddress | undefined {
  const given = setting(flag, '--redis', {}, '') ?? secretSetting(env, 'RC_MCP_REDIS_URL');
  return given && parseRedis(given);
}

function parseRedis({ value, name }: Setting): RedisAddress {
  const wrong = (why: string) => new ConfigError(`${name} ${why}. It is ${form}.`);
  const [, scheme = '', credentials, hosts = '', path = ''] =
    /^([a-z+-]+):\/\/(?:([^@]*)@)?([^/@?#]+)(?:\/([^?#]*))?$/.exec(value) ?? [];
  if (/cluster/.test(scheme)) {
    throw wrong(
      'names a Redis Cluster, which is not supported: one script decides over keys that a cluster keeps apart',
    );
  }
  const isSentinel = /^rediss?\+sentinel$/.test(scheme);
  if (!isSentinel && !/^rediss?$/.test(scheme)) throw wrong('is not a Redis URL');
  const nodes = hosts.split(',').map((host) => nodeOf(host, isSentinel ? 26_379 : 6_379));
  if (nodes.some((node) => node === undefined)) throw wrong('has an invalid host or port');
  if (!isSentinel && nodes.length > 1) throw wrong('names several hosts, which only Sentinels can be');
  const parts = path.split('/').filter((part) => part !== '');
  const sentinelName = isSentinel ? parts.shift() : undefined;
  if (isSentinel && !sentinelName) throw wrong('lacks the name of the primary that the Sentinels watch');
  const [database] = parts;
  if (parts.length > 1 || (database !== undefined && !/^\d{1,4}$/.test(database)))
    throw wrong('has a path that is not the number of a database');
  const [username, password] = (credentials ?? '').split(/:(.*)/s);
  return {
    shown: hosts,
    setting: name,
    nodes: nodes.flatMap((node) => node ?? []),
    tls: scheme.startsWith('rediss'),
    ...(sentinelName && { sentinelName }),
    ...(username && { username: decoded(username) }),
    ...(password && { password: decoded(password) }),
    ...(database !== undefined && { database: Number(database) }),
  };
}

function nodeOf(text: string, defaultPort: number): { host: string; port: number } | undefined {
  const [, six, host = six, port = String(defaultPort)] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  return host !== undefined && Number(port) <= 65_535 ? { host, port: Number(port) } : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

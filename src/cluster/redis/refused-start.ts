import type { RedisAddress } from '../../config/redis.ts';
import { ConfigError } from '../../config/settings.ts';

type Where = Pick<RedisAddress, 'setting' | 'tls'>;

/** What helps a start without Redis, by why there is none: the first that fits. */
const remedies: readonly [fits: (reason: string, where: Where) => boolean, says: (where: Where) => string][] =
  [
    [
      (reason) => /\bWRONGPASS\b|invalid (username|password)/.test(reason),
      ({ setting }) =>
        `Redis answers, and refuses the user or the password: mend them in ${setting}. What is not a letter or digit is ` +
        'written there with its percent code.',
    ],
    [
      (reason) => /\bNOAUTH\b/.test(reason),
      () =>
        'Redis answers, and wants a password, which was not given: RC_MCP_REDIS_URL, or the file that RC_MCP_REDIS_URL_FILE ' +
        'names, takes user and password as redis://user:password@host:port.',
    ],
    [
      (reason) => /\bNOPERM\b/.test(reason),
      ({ setting }) =>
        `Redis answers, and does not let this user do what replicas do: give it all commands on the keys rcmcp:* ` +
        `(~rcmcp:* +@all), or name another user in ${setting}.`,
    ],
    [
      (reason, { tls }) => tls && /certificate/.test(reason),
      () => 'Redis answers, and its certificate is not trusted: name its authority in NODE_EXTRA_CA_CERTS.',
    ],
    [
      (reason, { tls }) => tls && /timeout|SSL|TLS/.test(reason),
      ({ setting }) =>
        `Start it, or mend the address. Where it speaks no TLS, ${setting} begins with redis://, not rediss://.`,
    ],
    [
      (reason, { tls }) => !tls && /ECONNRESET|closed/.test(reason),
      ({ setting }) =>
        `Something is there and hangs up. Where it is a Redis that wants TLS, ${setting} begins with rediss://.`,
    ],
    [
      (reason) => /DB index/.test(reason),
      ({ setting }) => `Redis answers, and has no database of the number at the end of ${setting}: mend it.`,
    ],
    [() => true, () => 'Start it, or mend the address; without --redis the server runs as one process.'],
  ];

/** What a start says that cannot use Redis. @param reason as the client or Redis says it */
export function refusedStart(address: RedisAddress, reason: string): ConfigError {
  const { setting, shown } = address;
  const help = remedies.find(([fits]) => fits(reason, address))?.[1](address);
  return new ConfigError(`${setting}: Redis at ${shown} cannot be used (${reason}). ${help}`);
}

import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { ConfigError, type Setting } from '../config/settings.ts';

/** In bytes. */
const keyLength = 32;

/**
 * The secret that all replicas share. Nothing is signed, sealed or wrapped with it itself: each use has a key of its
 * own, derived from it.
 */
export interface TeamKey {
  /** Names the key in what was made with it, without telling anything of it. */
  readonly kid: string;
  /** The key for one use: HKDF-SHA-256 (RFC 5869) of this key and the name of the use. */
  derive(use: string, bytes?: number): Buffer;
}

/** `previous` still opens and verifies what was made with it, and makes nothing new. */
export interface TeamKeys {
  current: TeamKey;
  previous?: TeamKey;
}

/**
 * Reads a team key.
 * @throws ConfigError for anything but 32 bytes as base64url; the message does not repeat the value
 */
export function parseTeamKey({ value, name }: Setting): TeamKey {
  const bytes = Buffer.from(value, 'base64url');
  if (bytes.length !== keyLength || bytes.toString('base64url') !== value.replace(/=+$/, '')) {
    throw new ConfigError(
      `${name} is not ${keyLength} bytes in base64url (43 letters, digits, dashes and underscores): key --team makes one.`,
    );
  }
  return teamKey(bytes);
}

/** Reads the team key and the one before it. @throws ConfigError as `parseTeamKey` and `teamKeys` */
export const parseTeamKeys = ({ current, previous }: { current: Setting; previous?: Setting }): TeamKeys =>
  teamKeys(parseTeamKey(current), previous && parseTeamKey(previous));

/** @throws ConfigError where both are the same key */
export function teamKeys(current: TeamKey, previous?: TeamKey): TeamKeys {
  if (!previous) return { current };
  if (previous.kid === current.kid) {
    throw new ConfigError(
      'The current team key and the previous one are the same: leave RC_MCP_TEAM_KEY_PREVIOUS out.',
    );
  }
  return { current, previous };
}

/** A key that nobody has, for what ends with the process. */
export const newTeamKey = (): TeamKey => teamKey(randomBytes(keyLength));

/** A team key of 32 random bytes. */
export function teamKey(secret: Uint8Array): TeamKey {
  const derive = (use: string, bytes = keyLength) =>
    Buffer.from(hkdfSync('sha256', secret, '', `ringcentral-call-control-mcp ${use}`, bytes));
  return {
    kid: createHash('sha256').update(derive('key id')).digest('base64url').slice(0, 12),
    derive,
  };
}

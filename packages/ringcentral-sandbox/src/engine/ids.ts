import type { Random } from '../random.ts';

/** Identifiers in the platform's current formats (platform.md 3.4). */

/** A new session id: `s-`, 13 hex digits, `z`, the time `now` (epoch milliseconds, hex), `z`, 10 hex digits. */
export function telephonySessionId(random: Random, now: number): string {
  return `s-${random.hex(13)}z${now.toString(16).padStart(11, '0')}z${random.hex(6)}0000`;
}

/** Party `number` of a session, counted from 1. */
export function partyId(sessionId: string, number: number): string {
  return `p-${sessionId.slice(2)}-${number}`;
}

/** What the host's phone dials to join a conference (platform.md 2.3.2). */
export function voiceCallToken(sessionId: string, host: string): string {
  return `conf_${Buffer.from(`${sessionId}@${host}:5070`).toString('hex')}`;
}

export const SERVER_IP = '10.22.41.17';
export const SERVER_ID = `${SERVER_IP}.TAM`;
/**
 * Legacy session ids. The step is wide: only the two sessions of a RingOut are 1000 to 4000 apart (platform.md 4.7).
 */
export const FIRST_LEGACY_SESSION_ID = 410_000_010_000;
export const LEGACY_SESSION_ID_STEP = 10_000;

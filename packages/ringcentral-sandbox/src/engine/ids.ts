import type { Random } from '../random.ts';

/** Identifiers in the platform's current formats (platform.md 3.4). */

/** `s-` + 13 hex + `z` + creation time + `z` + 10 hex. */
export function telephonySessionId(random: Random, now: number): string {
  return `s-${random.hex(13)}z${now.toString(16).padStart(11, '0')}z${random.hex(6)}0000`;
}

/** Party `number` of a session, counted from 1. */
export function partyId(sessionId: string, number: number): string {
  return `p-${sessionId.slice(2)}-${number}`;
}

/** What the host's phone dials to join its conference (platform.md 2.3.2). */
export function voiceCallToken(sessionId: string, host: string): string {
  return `conf_${Buffer.from(`${sessionId}@${host}:5070`).toString('hex')}`;
}

export const SERVER_IP = '10.22.41.17';
export const SERVER_ID = `${SERVER_IP}.TAM`;
/** Legacy numbers step wide, so that only a RingOut twin is 1000 to 4000 away from another. */
export const FIRST_LEGACY_SESSION_ID = 410_000_010_000;
export const LEGACY_SESSION_ID_STEP = 10_000;

import { createHmac, timingSafeEqual } from 'node:crypto';

/** Before the first line. */
export const GENESIS = '0'.repeat(64);

/** HMAC-SHA256 over the seal of the line before and this line's text, hex. */
export const seal = (key: string, previous: string, text: string): string =>
  createHmac('sha256', key).update(`${previous}\n${text}`).digest('hex');

/** `{"seq":1,…,"seal":"…"}` without line break. The seal is the last member, so that the text under it is plain. */
export const writeLine = (text: string, sealed: string): string => `${text.slice(0, -1)},"seal":"${sealed}"}`;

const pattern = /^(\{.*),"seal":"([0-9a-f]{64})"\}$/;

/** Takes a line apart; undefined when it is none. */
export function readLine(line: string): { text: string; sealed: string } | undefined {
  const [, head, sealed] = pattern.exec(line) ?? [];
  return head === undefined || sealed === undefined ? undefined : { text: `${head}}`, sealed };
}

export const isSealed = (key: string, previous: string, text: string, sealed: string): boolean =>
  timingSafeEqual(Buffer.from(seal(key, previous, text)), Buffer.from(sealed));

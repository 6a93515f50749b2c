import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { recent } from '../recent.ts';
import { isPasscode } from './passcode.ts';

const LOGIN_MS = 12 * 60 * 60_000;
const LOGINS = 16;
const FAILURES_PER_MINUTE = 5;

/** Who may see and answer questions: a token per login, kept as a hash, sent in a header and never in a cookie. */
export interface Logins {
  /** A token, or why there is none. */
  open(passcode: string): Promise<{ token: string } | { refused: 'wrong' | 'too many' }>;
  isOpen(token: string | undefined): boolean;
}

export function createLogins(passcodeHash: string, clock: Clock): Logins {
  const openUntil = new Map<string, number>();
  const attempts = recent<true>(clock, 60_000, FAILURES_PER_MINUTE);
  return {
    async open(passcode) {
      if (attempts.list().length >= FAILURES_PER_MINUTE) return { refused: 'too many' };
      // Counted before the slow check, so that many at once do not get many tries.
      attempts.add(true);
      if (!(await isPasscode(passcode, passcodeHash))) return { refused: 'wrong' };
      const token = randomBytes(32).toString('base64url');
      const [oldest] = openUntil.keys();
      if (openUntil.size >= LOGINS && oldest !== undefined) openUntil.delete(oldest);
      openUntil.set(hash(token), clock.now() + LOGIN_MS);
      return { token };
    },
    isOpen: (token) => token !== undefined && (openUntil.get(hash(token)) ?? 0) > clock.now(),
  };
}

const hash = (token: string): string => createHash('sha256').update(token).digest('hex');

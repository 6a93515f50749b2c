import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { BoundedMap } from '../../shared/bounded.ts';
import type { Clock } from '../../shared/clock.ts';
import { recent } from '../../shared/recent.ts';
import { createFairQueue } from './fair-queue.ts';
import { isGenerated, isPasscode } from './passcode.ts';

/** How long, in ms, a login lasts. */
export const LOGIN_MS = 12 * 60 * 60_000;
/** So many last at once; the oldest end first. */
export const LOGINS = 16;
/** So far back, in ms, failures count. */
export const FAILURES_MS = 60_000;
/** Wrong passcodes of one source within a minute that are answered with `wrong`; further ones with `too many`. */
const FAILURES_PER_MINUTE = 5;
const WAITING_PER_SOURCE = 256;
const WAITING = 1_024;

/** What is kept of logins, and of tries to log in: by this process, or for all replicas. */
export interface LoginRecords {
  /** @param hash of the token of a new login */
  add(hash: string): Promise<void>;
  isOpen(hash: string): Promise<boolean>;
  /** @returns how many tries of this source have failed within the last minute, with this one */
  addFailure(source: string): Promise<number>;
}

/** In memory. */
export function createLoginRecords(clock: Clock): LoginRecords {
  const openUntil = new BoundedMap<string, number>(LOGINS);
  const failures = recent<string>(clock, FAILURES_MS, 1_000);
  return {
    async add(hash) {
      openUntil.set(hash, clock.now() + LOGIN_MS);
    },
    isOpen: async (hash) => (openUntil.get(hash) ?? 0) > clock.now(),
    async addFailure(source) {
      failures.add(source);
      return failures.list().filter((failed) => failed === source).length;
    },
  };
}

/** Who may see and answer questions: a token per login, kept as a hash, sent in a header and never in a cookie. */
export interface Logins {
  /**
   * A token, or why there is none. Nobody is locked out because somebody guesses: every passcode is checked, one at a
   * time, each for as long as scrypt takes, and sources take turns. That is some twenty guesses a second from all
   * together at one replica, of 2^79 passcodes as `generatePasscode` makes them. One of those that was right once is known again
   * at once, before any turn: trying it is worth no more than trying a key.
   * @param source the address that it comes from
   */
  open(passcode: string, source: string): Promise<{ token: string } | { refused: 'wrong' | 'too many' }>;
  isOpen(token: string | undefined): Promise<boolean>;
}

/** @param known the passcode itself, where this process made it up */
export function createLogins(passcodeHash: string, records: LoginRecords, known?: string): Logins {
  const queue = createFairQueue(WAITING_PER_SOURCE, WAITING);
  const secret = randomBytes(32);
  const digest = (passcode: string) => createHmac('sha256', secret).update(passcode).digest();
  let proven = known === undefined ? undefined : digest(known);

  async function isRight(passcode: string, source: string): Promise<boolean | undefined> {
    if (proven && timingSafeEqual(proven, digest(passcode))) return true;
    const right = await queue.take(source, () => isPasscode(passcode, passcodeHash));
    if (right && isGenerated(passcode)) proven = digest(passcode);
    return right;
  }

  return {
    async open(passcode, source) {
      const right = await isRight(passcode, source);
      if (!right) {
        const few = (await records.addFailure(source)) <= FAILURES_PER_MINUTE;
        return { refused: right === false && few ? 'wrong' : 'too many' };
      }
      const token = randomBytes(32).toString('base64url');
      await records.add(hash(token));
      return { token };
    },
    isOpen: async (token) => token !== undefined && (await records.isOpen(hash(token))),
  };
}

const hash = (token: string): string => createHash('sha256').update(token).digest('hex');

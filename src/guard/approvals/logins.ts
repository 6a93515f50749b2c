import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { BoundedMap } from '../../shared/bounded.ts';
import type { Clock } from '../../shared/clock.ts';
import { recent } from '../../shared/recent.ts';
import { createFairQueue } from './fair-queue.ts';
import { isGenerated, isPasscode } from './passcode.ts';

const LOGIN_MS = 12 * 60 * 60_000;
const LOGINS = 16;
/** Wrong passcodes of one source within a minute that are answered with `wrong`; further ones with `too many`. */
const FAILURES_PER_MINUTE = 5;
const WAITING_PER_SOURCE = 256;
const WAITING = 1_024;

/** Who may see and answer questions: a token per login, kept as a hash, sent in a header and never in a cookie. */
export interface Logins {
  /**
   * A token, or why there is none. Nobody is locked out because somebody guesses: every passcode is checked, one at a
   * time, each for as long as scrypt takes, and sources take turns. That is some twenty guesses a second from all
   * together, of 2^79 passcodes as `generatePasscode` makes them. One of those that was right once is known again
   * at once, before any turn: trying it is worth no more than trying a key.
   * @param source the address that it comes from
   */
  open(passcode: string, source: string): Promise<{ token: string } | { refused: 'wrong' | 'too many' }>;
  isOpen(token: string | undefined): boolean;
}

/** @param known the passcode itself, where this process made it up */
export function createLogins(passcodeHash: string, clock: Clock, known?: string): Logins {
  const openUntil = new BoundedMap<string, number>(LOGINS);
  const failures = recent<string>(clock, 60_000, 1_000);
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
        failures.add(source);
        const few = failures.list().filter((failed) => failed === source).length <= FAILURES_PER_MINUTE;
        return { refused: right === false && few ? 'wrong' : 'too many' };
      }
      const token = randomBytes(32).toString('base64url');
      openUntil.set(hash(token), clock.now() + LOGIN_MS);
      return { token };
    },
    isOpen: (token) => token !== undefined && (openUntil.get(hash(token)) ?? 0) > clock.now(),
  };
}

const hash = (token: string): string => createHash('sha256').update(token).digest('hex');

import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BoundedMap } from '../shared/bounded.ts';
import type { Clock } from '../shared/clock.ts';
import { cookieName, cookieOf, setCookie } from './cookies.ts';

/** A browser in which somebody has signed in to their own page. */
export interface PageSession {
  subject: string;
  /** Stands in each form of the page. */
  csrfToken: string;
}

const idleMs = 30 * 60_000;
const longestMs = 8 * 60 * 60_000;
/** Of all people; those used longest ago make room. */
const mostSessions = 2_000;

/**
 * Browsers in which people have signed in to their own pages. The cookie is SameSite=Lax: people come to the page by
 * links that hosts show them, and Strict would have them sign in each time. Forms have a token beside it.
 */
export class PageSessions {
  readonly #clock: Clock;
  readonly #cookie: string;
  /** By the hash of the cookie's value. Times are epoch ms. */
  readonly #sessions = new BoundedMap<string, PageSession & { openedAt: number; usedAt: number }>(
    mostSessions,
  );

  constructor(clock: Clock, issuer: string) {
    this.#clock = clock;
    this.#cookie = cookieName('me', issuer);
  }

  /** Opens a session of the browser that gets the response, instead of one that it has. */
  open(subject: string, response: ServerResponse): void {
    const id = newSecret();
    const now = this.#clock.now();
    this.#sessions.set(hash(id), { subject, csrfToken: newSecret(), openedAt: now, usedAt: now });
    setCookie(response, this.#cookie, id, longestMs / 1000);
  }

  /**
   * The session of the browser; undefined where it has none, or none that still counts.
   * @param use `unnoticed`: nobody is known to sit there, as where the page loads itself anew
   */
  of(request: IncomingMessage, { unnoticed = false } = {}): PageSession | undefined {
    const key = this.#keyOf(request);
    const found = key && this.#sessions.get(key);
    if (!key || !found) return undefined;
    const now = this.#clock.now();
    if (now - found.usedAt >= idleMs || now - found.openedAt >= longestMs) {
      this.#sessions.delete(key);
      return undefined;
    }
    if (!unnoticed) this.#sessions.set(key, { ...found, usedAt: now });
    return found;
  }

  /** Closes the session of the browser. */
  close(request: IncomingMessage, response: ServerResponse): void {
    const key = this.#keyOf(request);
    if (key) this.#sessions.delete(key);
    setCookie(response, this.#cookie, '', 0);
  }

  /** Closes all sessions of a person. */
  endPerson(subject: string): void {
    for (const [key, session] of this.#sessions) if (session.subject === subject) this.#sessions.delete(key);
  }

  #keyOf(request: IncomingMessage): string | undefined {
    const id = cookieOf(request, this.#cookie);
    return id === undefined ? undefined : hash(id);
  }
}

const newSecret = (): string => randomBytes(32).toString('base64url');

const hash = (id: string): string => createHash('sha256').update(id).digest('hex');

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

/** Times are epoch ms. */
export interface KeptPageSession extends PageSession {
  openedAt: number;
  usedAt: number;
}

/** Where sessions are kept, by the hash of the cookie's value. Methods reject where that cannot be reached. */
export interface PageSessionStore {
  get(key: string): Promise<KeptPageSession | undefined>;
  add(key: string, session: KeptPageSession): Promise<void>;
  /** Notes a use, of one that is still there. */
  use(key: string, session: KeptPageSession): Promise<void>;
  remove(key: string): Promise<void>;
  removeOf(subject: string): Promise<void>;
}

export const pageSessionIdleMs = 30 * 60_000;
const longestMs = 8 * 60 * 60_000;
/** Of all people; those used longest ago make room. */
export const mostPageSessions = 2_000;

/** A store in this process. */
export function createPageSessionStore(): PageSessionStore {
  const sessions = new BoundedMap<string, KeptPageSession>(mostPageSessions);
  return {
    get: async (key) => sessions.get(key),
    async add(key, session) {
      sessions.set(key, session);
    },
    async use(key, session) {
      if (sessions.has(key)) sessions.set(key, session);
    },
    async remove(key) {
      sessions.delete(key);
    },
    async removeOf(subject) {
      for (const [key, session] of sessions) if (session.subject === subject) sessions.delete(key);
    },
  };
}

/**
 * Browsers in which people have signed in to their own pages. The cookie is SameSite=Lax: people come to the page by
 * links that hosts show them, and Strict would have them sign in each time. Forms have a token beside it.
 */
export class PageSessions {
  readonly #clock: Clock;
  readonly #cookie: string;
  readonly #store: PageSessionStore;

  constructor(clock: Clock, issuer: string, store: PageSessionStore = createPageSessionStore()) {
    this.#store = store;
    this.#clock = clock;
    this.#cookie = cookieName('me', issuer);
  }

  /** Opens a session of the browser that gets the response, instead of one that it has. */
  async open(subject: string, response: ServerResponse): Promise<void> {
    const id = newSecret();
    const now = this.#clock.now();
    await this.#store.add(hash(id), { subject, csrfToken: newSecret(), openedAt: now, usedAt: now });
    setCookie(response, this.#cookie, id, longestMs / 1000);
  }

  /**
   * The session of the browser; undefined where it has none, or none that still counts.
   * @param use `unnoticed`: nobody is known to sit there, as where the page loads itself anew
   */
  async of(request: IncomingMessage, { unnoticed = false } = {}): Promise<PageSession | undefined> {
    const key = this.#keyOf(request);
    const found = key && (await this.#store.get(key));
    if (!key || !found) return undefined;
    const now = this.#clock.now();
    if (now - found.usedAt >= pageSessionIdleMs || now - found.openedAt >= longestMs) {
      await this.#store.remove(key);
      return undefined;
    }
    if (!unnoticed) await this.#store.use(key, { ...found, usedAt: now });
    return found;
  }

  /** Closes the session of the browser. */
  async close(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const key = this.#keyOf(request);
    if (key) await this.#store.remove(key);
    setCookie(response, this.#cookie, '', 0);
  }

  /** Closes all sessions of a person. */
  endPerson(subject: string): Promise<void> {
    return this.#store.removeOf(subject);
  }

  #keyOf(request: IncomingMessage): string | undefined {
    const id = cookieOf(request, this.#cookie);
    return id === undefined ? undefined : hash(id);
  }
}

const newSecret = (): string => randomBytes(32).toString('base64url');

const hash = (id: string): string => createHash('sha256').update(id).digest('hex');

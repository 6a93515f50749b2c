import type { RestClient } from '../ringcentral/rest/rest-client.ts';
import type { Clock } from '../shared/clock.ts';
import { Failure } from '../shared/failure.ts';
import type { Logger } from '../shared/log.ts';
import type { Line } from './line.ts';
import type { LoginSource, PersonLogin } from './login-source.ts';
import type { OpenLine } from './open-line.ts';
import type { PlanInterruption } from './plan.ts';
import type { Switchboard } from './switchboard.ts';

/** So many lines are open at once. */
const mostOpen = 500;
/** A line that nobody holds is closed when it was not used for so long, in ms; no limit of its guard counts longer. */
const idleMs = 10 * 60_000;
const sweepMs = 60_000;
/** So many logins of closed lines are kept, those used last: who comes back needs no new one. */
const mostKept = 2_000;

export interface LineSwitchboardOptions {
  logins: LoginSource;
  /** Makes what sends the requests of a login. Sends nothing. */
  createClient(login: PersonLogin): RestClient;
  /** Opens the line of a login. Sends nothing. */
  open(login: PersonLogin, client: RestClient): OpenLine;
  clock: Clock;
  log: Logger;
}

/** A login, with what sends its requests. */
interface LoggedIn {
  login: PersonLogin;
  client: RestClient;
}

interface Entry extends LoggedIn {
  line: OpenLine;
  /** Epoch ms. */
  lastUsed: number;
}

/**
 * The lines of several logins: each is opened at the first need, shared by all principals of its login, and closed when
 * nobody has used it for ten minutes. Its login outlives it: each costs one of five Auth requests a minute, and of five
 * sessions (platform.md 1.6, 7).
 */
export class LineSwitchboard implements Switchboard {
  readonly #options: LineSwitchboardOptions;
  /** By the name of the login. */
  readonly #open = new Map<string, Entry>();
  /** Of closed lines, by the name of the login, the one used last at the end. */
  readonly #kept = new Map<string, LoggedIn>();
  /** Lines that are being closed. */
  readonly #closing = new Set<Promise<void>>();
  #stopSweep: (() => void) | undefined;
  #isClosed = false;

  constructor(options: LineSwitchboardOptions) {
    this.#options = options;
  }

  /** The lines that are open. */
  get lines(): readonly OpenLine[] {
    return [...this.#open.values()].map(({ line }) => line);
  }

  lineOf(principal: string): Line {
    const login = this.#options.logins.loginOf(principal);
    const entry = this.#open.get(login.name) ?? this.#add(login);
    entry.lastUsed = this.#options.clock.now();
    return entry.line;
  }

  /**
   * Ends the lines of logins that are gone, at once: their questions are refused, their plans take people back, and the
   * logins are revoked.
   * @param why their requests fail with this from now on
   * @param plans why their plans end
   * @returns resolves when all of that is done
   */
  async endWhere(
    isGone: (login: PersonLogin) => boolean,
    why: Failure = loginGone(),
    plans: PlanInterruption = 'login gone',
  ): Promise<void> {
    const ended: Promise<void>[] = [];
    for (const entry of this.#open.values())
      if (isGone(entry.login)) ended.push(this.#end(entry, why, plans));
    for (const kept of this.#kept.values()) if (isGone(kept.login)) ended.push(this.#forget(kept, why));
    await Promise.all(ended);
  }

  /** Refuses the open questions of all lines, has their plans take people back, and gives up reads without an answer. */
  stopAsking(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopSweep?.();
    for (const { line, client } of this.#open.values()) {
      line.stopAsking('server ends');
      client.giveUpReading();
    }
  }

  /** Has all lines end what they do. */
  async stopActing(): Promise<void> {
    this.stopAsking();
    await Promise.all(this.lines.map((line) => line.stopActing('server ends')));
  }

  /** Revokes all logins, those of closed lines included. */
  async logOut(): Promise<void> {
    await Promise.all([
      ...this.lines.map((line) => line.logOut()),
      ...[...this.#kept.values()].map(({ client }) => client.close()),
      ...this.#closing,
    ]);
  }

  #add(login: PersonLogin): Entry {
    const { createClient, open, clock } = this.#options;
    if (this.#isClosed) throw new Failure('unavailable', 'The server is shutting down.');
    if (this.#open.size >= mostOpen) {
      throw new Failure(
        'unavailable',
        `${mostOpen} people use this server now, which is the most that it serves at once. Try again in some minutes.`,
        { retryAfterSeconds: sweepMs / 1000 },
      );
    }
    const client = this.#kept.get(login.name)?.client ?? createClient(login);
    this.#kept.delete(login.name);
    const entry = { login, client, line: open(login, client), lastUsed: clock.now() };
    this.#open.set(login.name, entry);
    this.#stopSweep ??= clock.after(sweepMs, () => this.#sweep());
    return entry;
  }

  /** Closes the lines that nobody uses. */
  #sweep(): void {
    const { clock } = this.#options;
    const oldest = clock.now() - idleMs;
    for (const entry of this.#open.values()) {
      if (!entry.line.isHeld && entry.lastUsed <= oldest) this.#rest(entry);
    }
    this.#stopSweep = this.#open.size > 0 ? clock.after(sweepMs, () => this.#sweep()) : undefined;
  }

  /** Closes a line, and keeps its login. */
  #rest({ login, client, line }: Entry): void {
    this.#open.delete(login.name);
    // One that was given up is tried anew by whoever comes back.
    if (!client.login.ended) this.#kept.set(login.name, { login, client });
    line.log.debug('nobody uses this line: it is closed');
    this.#track(line.stopActing('server ends').then(() => line.disconnect()));
    for (const kept of this.#kept.values()) {
      if (this.#kept.size <= mostKept) break;
      void this.#forget(kept);
    }
  }

  /** Closes a line whose login was taken away. */
  #end({ login, line }: Entry, why: Failure, plans: PlanInterruption): Promise<void> {
    this.#open.delete(login.name);
    return this.#track(line.stopActing(plans).then(() => line.logOut(why)));
  }

  #forget({ login, client }: LoggedIn, why: Failure = loginGone()): Promise<void> {
    this.#kept.delete(login.name);
    return this.#track(client.close(why));
  }

  /** @returns resolves when it is closed; never rejects */
  #track(closing: Promise<void>): Promise<void> {
    const ended = closing.catch((error: Error) =>
      this.#options.log.warn({ reason: error.message }, 'a line was not closed cleanly'),
    );
    this.#closing.add(ended);
    void ended.then(() => this.#closing.delete(ended));
    return ended;
  }
}

const loginGone = (): Failure =>
  new Failure('forbidden', 'The RingCentral login was taken away from this server. Nothing was done.');

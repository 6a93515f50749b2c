import type { Team } from '../../../src/team/team.ts';
import { Browser, type Shown } from '../../team/support/browser.ts';
import { signInAtRingCentral } from '../../team/support/sign-in-page.ts';
import {
  type App,
  answerConsent,
  appRedirect,
  registerApp,
  type TokenAnswer,
} from '../../team/support/team-bed.ts';
import type { OfficeLogin } from './office-login.ts';

/** All that a person can allow beside `calls:read`, which goes with each. */
export const allScopes = ['calls:control', 'calls:listen', 'calls:destructive'] as const;

/** Somebody's browser, and the app that they have connected. */
interface Connected {
  browser: Browser;
  app: App;
  /** As whom; undefined while the app is not connected. */
  login?: string;
  /** Access tokens that are used in turn: those before a refresh go on to be. */
  accessTokens: string[];
  refreshToken: string;
  /** An access token that is not to be accepted any more. */
  endedToken?: string;
}

interface SignInsOptions {
  url: string;
  team: Team;
  /** By the name of the login. */
  subjects: ReadonlyMap<string, string>;
  logins: readonly OfficeLogin[];
  /** When all has ended that is to end with a sign-in or a permission. */
  ended(): Promise<void>;
}

/** The apps that people have connected, each with a browser of its own. */
export class SignIns {
  readonly #options: SignInsOptions;
  #connected = new Map<string, Connected>();
  #uses = 0;

  constructor(options: SignInsOptions) {
    this.#options = options;
  }

  /** Signs everybody out, and gives each of these names an app that nobody has connected yet. */
  async letIn(names: readonly string[]): Promise<void> {
    for (const login of this.#options.subjects.keys()) await this.signOut(login);
    this.#connected = new Map();
    for (const name of names) {
      this.#connected.set(name, {
        browser: new Browser(this.#options.url),
        app: await registerApp(this.#options.url, { client_name: name }),
        ...{ accessTokens: [], refreshToken: '' },
      });
    }
  }

  /** The access token that somebody shows, accepted or not; empty where they never had one. */
  tokenOf(name: string): string {
    const { accessTokens = [], endedToken = '' } = this.#connected.get(name) ?? {};
    this.#uses += 1;
    return accessTokens[this.#uses % Math.max(1, accessTokens.length)] ?? endedToken;
  }

  /** An access token of theirs that was revoked. */
  endedTokenOf = (name: string): string | undefined => this.#connected.get(name)?.endedToken;

  /** Signs out whose login nobody is to use, and connects the apps of those who are to use one. */
  async useLogins(users: ReadonlyMap<string, readonly string[]>): Promise<void> {
    for (const login of this.#options.subjects.keys()) if (!users.has(login)) await this.signOut(login);
    for (const [login, names] of users) {
      for (const name of names) {
        const one = this.#of(name);
        if (one.login === login) continue;
        if (one.login !== undefined) await this.revoke(name);
        await this.connect(name, login);
      }
    }
  }

  /** A person connects their app, in the browser that they had before, as whoever that is now. */
  async connect(name: string, login: string, scopes: readonly string[] = allScopes): Promise<void> {
    const one = this.#of(name);
    const { browser, app } = one;
    const as = this.#options.logins.find((known) => known.name === login);
    const consent = await browser.open(await app.authorizeUrl());
    // A browser may be known as somebody else's.
    const shown = await answerConsent(browser, consent, one.login === login ? 'yes' : 'other', scopes);
    const isAtApp = ({ url }: Shown) => url.href.startsWith(appRedirect);
    const back = isAtApp(shown)
      ? shown
      : await browser.open(await signInAtRingCentral(shown.url, as?.extensionNumber));
    const code = isAtApp(back) ? back.url.searchParams.get('code') : null;
    if ((code === null) !== (as?.isRefused === true))
      throw new Error(`${login} signs in: ${back.url} ${back.body}`);
    if (code === null) return;
    const tokens = await app.redeem(code);
    one.accessTokens = [];
    one.login = login;
    this.#take(one, tokens);
  }

  /** @returns whether it was given new tokens */
  async refresh(name: string): Promise<boolean> {
    const one = this.#of(name);
    const tokens = await one.app.refresh(one.refreshToken);
    if (tokens.status !== 200) return false;
    this.#take(one, tokens);
    return true;
  }

  /** Whether somebody's app is given tokens for the refresh token of another's. */
  async steals(name: string, other: string): Promise<boolean> {
    const { status } = await this.#of(name).app.refresh(this.#of(other).refreshToken);
    return status === 200;
  }

  /** The app gives its permission back. */
  async revoke(name: string): Promise<void> {
    const one = this.#of(name);
    await one.app.revoke(one.refreshToken);
    this.#forget(one);
    await this.#options.ended();
  }

  /** Ends a person's sign-in, with all apps. */
  async signOut(login: string): Promise<void> {
    await this.#options.team.endPerson(this.#options.subjects.get(login) ?? '');
    for (const one of this.#connected.values()) if (one.login === login) this.#forget(one);
    await this.#options.ended();
  }

  #take(one: Connected, { access_token, refresh_token, status }: TokenAnswer): void {
    if (status !== 200) throw new Error(`no token: ${status}`);
    one.accessTokens.push(access_token);
    one.refreshToken = refresh_token;
  }

  #forget(one: Connected): void {
    const ended = one.accessTokens.at(-1);
    if (ended !== undefined) one.endedToken = ended;
    one.accessTokens = [];
    delete one.login;
  }

  #of(name: string): Connected {
    const one = this.#connected.get(name);
    if (!one) throw new Error(`${name} has no app`);
    return one;
  }
}

import { z } from 'zod';
import type { Clock } from '../../shared/clock.ts';
import { unreadable } from '../rest/errors.ts';
import type { RestClient } from '../rest/rest-client.ts';
import { maybe } from '../wire/tolerant.ts';
import type { Timing } from './timing.ts';

/** `expires_in` in seconds: 30 in the guide (platform.md 5.1). */
const answer = z.object({ uri: z.string(), ws_access_token: z.string(), expires_in: maybe(z.number()) });
const defaultSeconds = 30;

const what = 'Open the event feed';

/** Lets one connection to the gateway be opened. */
export interface GatewayToken {
  /** The gateway's address, with the token in it. */
  uri: string;
  /** The login may read presence. */
  presence: boolean;
}

export interface GatewayTokensOptions {
  rest: Pick<RestClient, 'send' | 'login' | 'serverUrl'>;
  clock: Clock;
  timing: Timing;
}

/** Gets tokens for connections to the gateway: each is good once (platform.md 5.1). */
export class GatewayTokens {
  readonly #options: GatewayTokensOptions;
  /** A token that the gateway has not taken yet: the next try uses it, and costs no Auth request. */
  #unspent: { token: GatewayToken; until: number } | undefined;

  constructor(options: GatewayTokensOptions) {
    this.#options = options;
  }

  /** The unspent token while it is valid, else a new one. @throws Failure */
  async next(): Promise<GatewayToken> {
    const { rest, clock, timing } = this.#options;
    if (this.#unspent && clock.now() < this.#unspent.until) return this.#unspent.token;
    const path = '/restapi/oauth/wstoken';
    const request = { method: 'POST', path, route: path, group: 'auth', priority: 'end' } as const;
    const { body } = await rest.send({ ...request, what, acting: false, timeoutMs: timing.tokenMs });
    const scopes = await rest.login.scopes();
    const { data } = answer.safeParse(body);
    if (!data) throw unreadable(what);
    const token = {
      uri: this.#address(data.uri, data.ws_access_token),
      presence: scopes.size === 0 || scopes.has('ReadPresence'),
    };
    const { expires_in = defaultSeconds } = data;
    this.#unspent = { token, until: clock.now() + expires_in * 1000 - timing.connectMs };
    return token;
  }

  /** The gateway has taken the token, or may have. */
  spent(): void {
    this.#unspent = undefined;
  }

  #address(given: string, accessToken: string): string {
    if (!URL.canParse(given)) throw unreadable(what);
    const uri = new URL(given);
    // A token must not travel in the clear because an answer says so.
    if (uri.protocol !== this.#options.rest.serverUrl.replace(/^http(s?:).*/, 'ws$1')) throw unreadable(what);
    uri.searchParams.set('access_token', accessToken);
    return uri.href;
  }
}

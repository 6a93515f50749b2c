import { auth as authV2 } from '@modelcontextprotocol/client';
import { auth as authV1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { Browser } from '../../team/support/browser.ts';
import { signInAtRingCentral } from '../../team/support/sign-in-page.ts';
import { answerConsent, appRedirect } from '../../team/support/team-bed.ts';
import { type Agent, type ClientKind, connect } from './agents.ts';

export interface SignedInOptions {
  /** Of `/mcp`. */
  url: string;
  extensionNumber: string;
  /** What the person ticks. */
  scopes?: readonly string[];
  name?: string;
}

/** A host that a person has connected by signing in, and what it keeps for that. */
export interface SignedIn {
  agent: Agent;
  provider: HostProvider;
  /** The person's browser. */
  browser: Browser;
}

/** What an official client keeps of its connection to a server. */
export class HostProvider {
  readonly redirectUrl = appRedirect;
  readonly clientMetadata: object;
  // biome-ignore lint/suspicious/noExplicitAny: both clients have types of their own for it.
  kept: { client?: any; tokens?: any; discovery?: any } = {};
  /** Where it has sent the person. */
  sentTo: URL | undefined;
  #verifier = '';

  constructor(name: string) {
    this.clientMetadata = {
      client_name: name,
      redirect_uris: [appRedirect],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    };
  }

  state = () => 'a state';
  clientInformation = () => this.kept.client;
  saveClientInformation = (client: unknown) => this.#keep({ client });
  tokens = () => this.kept.tokens;
  saveTokens = (tokens: unknown) => this.#keep({ tokens });
  discoveryState = () => this.kept.discovery;
  saveDiscoveryState = (discovery: unknown) => this.#keep({ discovery });
  codeVerifier = () => this.#verifier;
  saveCodeVerifier = (verifier: string) => {
    this.#verifier = verifier;
  };
  redirectToAuthorization = (url: URL) => {
    this.sentTo = url;
  };
  invalidateCredentials = (scope: string) => {
    if (scope === 'all' || scope === 'tokens') delete this.kept.tokens;
    if (scope === 'all' || scope === 'client') delete this.kept.client;
  };

  #keep(kept: HostProvider['kept']): void {
    this.kept = { ...this.kept, ...kept };
  }
}

/**
 * Connects a host of the official clients: it is refused, finds the authorization server, registers, sends the person
 * there, who consents and signs in at RingCentral, and comes back with the code.
 */
export async function signIn(kind: ClientKind, options: SignedInOptions): Promise<SignedIn> {
  const { url, extensionNumber, scopes = ['calls:control'], name = 'Test host' } = options;
  const provider = new HostProvider(name);
  const enter = () => connect(kind, { http: url, authProvider: provider });
  const refused = await enter().then(
    () => undefined,
    (error: Error) => error,
  );
  if (!refused || !provider.sentTo)
    throw new Error(`the server let an unknown host in, or told it nothing: ${refused}`);
  const browser = new Browser(new URL(url).origin);
  const page = await browser.open(provider.sentTo);
  const away = await answerConsent(browser, page, 'yes', scopes);
  const back = (await browser.open(await signInAtRingCentral(away.url, extensionNumber))).url.searchParams;
  const auth = kind === 'v1 client' ? authV1 : authV2;
  const answer = { authorizationCode: back.get('code') ?? '', iss: back.get('iss') ?? '' };
  const ended = await auth(provider as never, { serverUrl: url, ...answer });
  if (ended !== 'AUTHORIZED') throw new Error(`not authorized: ${ended}`);
  provider.sentTo = undefined;
  return { agent: await enter(), provider, browser };
}

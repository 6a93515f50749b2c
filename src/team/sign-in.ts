import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Client, Interaction, InteractionResults, Provider } from 'oidc-provider';
import { Failure } from '../shared/failure.ts';
import { isSameSecret } from '../shared/is-same-secret.ts';
import type { Logger } from '../shared/log.ts';
import { clean } from '../shared/untrusted.ts';
import type { Exchange, Route } from '../transports/http/exchange.ts';
import type { Admission } from './admission.ts';
import type { Artefacts } from './artefacts.ts';
import { paths } from './authorization-server.ts';
import { withErrorPages } from './error-pages.ts';
import { readForm } from './form.ts';
import type { OwnPage } from './own-page.ts';
import { PageError } from './page-error.ts';
import { consentPage } from './pages/consent-page.ts';
import { html } from './pages/html.ts';
import { sendPage } from './pages/layout.ts';
import type { PendingSignIns, SignInPurpose } from './pending-sign-ins.ts';
import { askedScopes, savePermission } from './permission.ts';
import { redirect } from './redirect.ts';
import {
  type AuthorizationSecrets,
  type RingCentralOAuth,
  type SignedInExtension,
  SignInDeclined,
  type TokenPair,
} from './ringcentral-oauth.ts';
import { subjectOf } from './subject.ts';
import type { Vault } from './vault.ts';

export interface SignInOptions {
  issuer: string;
  provider: Provider;
  artefacts: Pick<Artefacts, 'endPerson'>;
  ringcentral: RingCentralOAuth;
  /** RingCentral's server. */
  serverUrl: string;
  admission: Admission;
  vault: Vault;
  pending: PendingSignIns;
  /** Where people sign in to see what they have allowed. */
  ownPage: Pick<OwnPage, 'admit' | 'enter' | 'declined'>;
  /** Signs the tokens of forms. */
  formKey: Buffer;
  log: Logger;
}

/** The pages between an app's request and its code: consent, and the way to RingCentral and back. */
export function signInRoutes(options: SignInOptions): Record<string, Route> {
  const signIn = new SignIn(options);
  return {
    [paths.consent]: {
      methods: ['GET', 'POST'],
      open: true,
      page: true,
      handle: withErrorPages(options.log, (exchange) =>
        exchange.request.method === 'POST' ? signIn.answer(exchange) : signIn.ask(exchange),
      ),
    },
    [paths.callback]: {
      methods: ['GET'],
      open: true,
      page: true,
      handle: withErrorPages(options.log, (exchange) => signIn.comeBack(exchange)),
    },
  };
}

class SignIn {
  readonly #options: SignInOptions;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  /** Shows who asks for what. */
  async ask({ request, response }: Exchange): Promise<void> {
    const { issuer, serverUrl } = this.#options;
    const interaction = await this.#interactionOf(request, response);
    const client = await this.#clientOf(interaction);
    const known = await this.#knownPerson(interaction);
    const shown = consentPage({
      app: {
        name: appName(client),
        ...(isUrl(client.clientId) && { host: new URL(client.clientId).host }),
        redirectUri: String(interaction.params.redirect_uri),
      },
      asked: askedScopes(interaction),
      ...(known && { signedInAs: `${known.name}, extension ${known.extensionNumber}` }),
      action: `${issuer}${paths.consent.replace('*', interaction.uid)}`,
      csrfToken: this.#csrfToken(interaction),
      signInUrl: serverUrl,
    });
    sendPage(response, 200, shown);
  }

  /** Takes the person's answer. */
  async answer({ request, response }: Exchange): Promise<void> {
    const { issuer, ringcentral, pending } = this.#options;
    const interaction = await this.#interactionOf(request, response);
    const form = await readForm(request, new URL(issuer).origin);
    if (!isSameSecret(form.get('csrf') ?? '', this.#csrfToken(interaction)))
      throw new PageError(403, 'This form is not from the page that this server has shown you.');
    const answer = form.get('answer');
    if (answer === 'no') {
      await this.#decline(interaction, 'The person has declined.');
      return redirect(response, interaction.returnTo);
    }
    if (answer !== 'yes' && answer !== 'other') throw new PageError(400, 'The answer is missing.');

    const asked = askedScopes(interaction).map(({ scope }) => scope);
    const ticked = new Set(['calls:read', ...form.getAll('scope')]);
    const scopes = asked.filter((scope) => ticked.has(scope));
    const known = answer === 'yes' ? await this.#knownPerson(interaction) : undefined;
    if (known) {
      await this.#permit(interaction, known.subject, scopes);
      return redirect(response, interaction.returnTo);
    }
    const { secrets } = await pending.begin(response, {
      kind: 'app',
      interactionId: interaction.uid,
      scopes,
    });
    const url = await ringcentral.authorizationUrl(secrets, { asSomebodyElse: answer === 'other' });
    redirect(response, url.href);
  }

  /** The browser comes back from RingCentral. */
  async comeBack({ request, response }: Exchange): Promise<void> {
    const { issuer, pending, ownPage } = this.#options;
    const answer = new URL(request.url ?? '', issuer).searchParams;
    const found = await pending.take(answer.get('state') ?? '', request, response);
    if (!found) throw notBegun();
    const { purpose, secrets } = found;
    if (purpose.kind === 'app') return this.#comeBackForApp(answer, secrets, purpose, response);
    const subject = await this.#enter(answer, secrets, {
      admit: (extension) => ownPage.admit(extension),
      use: async () => {},
    }).catch((error) => {
      throw error instanceof SignInDeclined ? ownPage.declined() : error;
    });
    await ownPage.enter(subject, response);
  }

  async #comeBackForApp(
    answer: URLSearchParams,
    secrets: AuthorizationSecrets,
    { interactionId, scopes }: Extract<SignInPurpose, { kind: 'app' }>,
    response: ServerResponse,
  ): Promise<void> {
    const interaction = await this.#options.provider.Interaction.find(interactionId);
    if (!interaction) throw notBegun();
    try {
      await this.#enter(answer, secrets, {
        admit: async (extension) => {
          await this.#admit(extension, interaction);
          await this.#endOldPermissions(subjectOf(extension));
        },
        use: (subject) => this.#permit(interaction, subject, scopes),
      });
    } catch (error) {
      if (!(error instanceof SignInDeclined)) throw error;
      await this.#decline(interaction, 'The person has not signed in at RingCentral.');
    }
    redirect(response, interaction.returnTo);
  }

  /**
   * Keeps a sign-in, unless it is refused: it is revoked then.
   * @param steps `admit` throws for somebody who is not let in; `use` goes on with the subject
   * @throws SignInDeclined, UpstreamError, and what the steps throw
   */
  async #enter(
    answer: URLSearchParams,
    secrets: AuthorizationSecrets,
    steps: {
      admit(extension: SignedInExtension): Promise<void>;
      use(subject: string): Promise<void>;
    },
  ): Promise<string> {
    const { ringcentral, vault, log } = this.#options;
    const pair = await ringcentral.redeem(answer, secrets);
    let isKept = false;
    try {
      const extension = await ringcentral.whoIs(pair.accessToken);
      await steps.admit(extension);
      const subject = subjectOf(extension);
      isKept = await vault.signIn(subject, pair, extension);
      log.info({ subject }, 'somebody has signed in');
      await steps.use(subject);
      return subject;
    } finally {
      if (!isKept) await this.#revoke(pair);
    }
  }

  /** @throws PageError 403 for somebody who is not let in */
  async #admit(extension: SignedInExtension, interaction: Interaction): Promise<void> {
    const refusal = this.#options.admission.refusal(extension);
    if (refusal === undefined) return;
    const { accountId, extensionId } = extension;
    this.#options.log.warn({ accountId, extensionId, refusal }, 'somebody was not let in');
    await this.#decline(interaction, 'The person is not let in.');
    throw new PageError(403, `${refusal} Nothing of this sign-in was kept.`, {
      more: html`<p><a href="${interaction.returnTo}">Back to your app</a>, which is told that it may not.</p>`,
    });
  }

  /**
   * Whoever signs in for one app is not shown what they let others do before their sign-in had ended: that ends. On their
   * own page they are shown, and it goes on.
   */
  async #endOldPermissions(subject: string): Promise<void> {
    const { vault, artefacts } = this.#options;
    if ((await vault.status(subject))?.state !== 'active') await artefacts.endPerson(subject);
  }

  /** Lets the app go on as this person, with these scopes. */
  async #permit(interaction: Interaction, subject: string, scopes: readonly string[]): Promise<void> {
    const { provider } = this.#options;
    if (interaction.session && interaction.session.accountId !== subject) {
      // Somebody else signs in with this browser: what it is known as ends.
      const session = await provider.Session.findByUid(interaction.session.uid);
      await session?.destroy();
      interaction.session = undefined;
    }
    const grantId = await savePermission(provider, interaction, subject, scopes);
    await this.#finish(interaction, { login: { accountId: subject }, consent: { grantId } });
  }

  #decline(interaction: Interaction, reason: string): Promise<void> {
    return this.#finish(interaction, { error: 'access_denied', error_description: reason });
  }

  /** The app's request goes on with this when the browser gets to `returnTo`. */
  async #finish(interaction: Interaction, result: InteractionResults): Promise<void> {
    interaction.result = result;
    await interaction.persist();
  }

  /** @throws PageError for a browser in which no such request was begun */
  async #interactionOf(request: IncomingMessage, response: ServerResponse): Promise<Interaction> {
    const { provider } = this.#options;
    const interaction = await provider.interactionDetails(request, response).catch(unlessAway);
    if (interaction && request.url?.split('?')[0]?.endsWith(`/${interaction.uid}`)) return interaction;
    throw new PageError(400, 'No app has asked for anything in this browser, or it was too long ago.');
  }

  /** @throws PageError for a client that is gone */
  async #clientOf({ params }: Interaction): Promise<Client> {
    const client = await this.#options.provider.Client.find(String(params.client_id)).catch(unlessAway);
    if (client) return client;
    throw new PageError(400, 'The app that has asked is not known any more.');
  }

  /** Who signed in with this browser before, where that is enough for this request. */
  async #knownPerson({ prompt, session }: Interaction) {
    if (prompt.name !== 'consent' || !session) return undefined;
    const status = await this.#options.vault.status(session.accountId);
    return status?.state === 'active' ? status : undefined;
  }

  /** Bound to the interaction, which is bound to the browser by its cookie. */
  #csrfToken({ uid }: Interaction): string {
    return createHmac('sha256', this.#options.formKey).update(`consent ${uid}`).digest('base64url');
  }

  async #revoke({ refreshToken, accessToken }: TokenPair): Promise<void> {
    const { ringcentral, log } = this.#options;
    await ringcentral.revoke(refreshToken ?? accessToken).catch(({ message }: Error) => {
      log.warn({ reason: message }, 'a sign-in that was not kept could not be revoked at RingCentral');
    });
  }
}

const appName = ({ clientName, clientId }: Client): string => clean(clientName ?? '') || clean(clientId);

/** Where nobody can tell whether it is there, the reason is the store's. */
function unlessAway({ cause }: Error): undefined {
  if (cause instanceof Failure) throw cause;
}

const isUrl = (clientId: string): boolean => /^https:\/\//i.test(clientId);

const notBegun = (): PageError =>
  new PageError(
    400,
    'This sign-in was not begun in this browser, took longer than ten minutes, or was used already.',
  );

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../shared/clock.ts';
import { Failure } from '../shared/failure.ts';
import { isSameSecret } from '../shared/is-same-secret.ts';
import { Listeners } from '../shared/listeners.ts';
import type { Logger } from '../shared/log.ts';
import { logFailed } from '../shared/log-failed.ts';
import type { Exchange, Route } from '../transports/http/exchange.ts';
import type { Admission } from './admission.ts';
import type { Artefacts } from './artefacts.ts';
import { paths } from './authorization-server.ts';
import { withErrorPages } from './error-pages.ts';
import { readForm } from './form.ts';
import { PageError } from './page-error.ts';
import { type PageSession, type PageSessionStore, PageSessions } from './page-sessions.ts';
import { html } from './pages/html.ts';
import { sendPage } from './pages/layout.ts';
import { ownPage, ownPageTitle, questionsPage, signInPage } from './pages/own-page.ts';
import type { PendingSignIns } from './pending-sign-ins.ts';
import type { PersonLine, PhoneOfPerson } from './person-line.ts';
import type { PersonStatus } from './person-record.ts';
import { redirect } from './redirect.ts';
import type { RingCentralOAuth, SignedInExtension } from './ringcentral-oauth.ts';
import { subjectOf } from './subject.ts';
import type { Vault } from './vault.ts';

export interface OwnPageOptions {
  issuer: string;
  ringcentral: Pick<RingCentralOAuth, 'authorizationUrl'>;
  /** RingCentral's server. */
  serverUrl: string;
  admission: Admission;
  vault: Vault;
  artefacts: Pick<Artefacts, 'permissionsOf' | 'endPermission'>;
  pending: PendingSignIns;
  /** Absent: sessions are kept in this process. */
  sessions?: PageSessionStore;
  line: PersonLine;
  clock: Clock;
  log: Logger;
}

/** How long the list of phones is shown again without a new look, in ms: a page that waits is loaded often. */
const phonesKeptMs = 60_000;

const answers = ['yes', 'grant', 'declined'] as const;

type Phones = readonly PhoneOfPerson[] | Failure;

/** A page for each person: who they are here, what they have allowed, what was done, and how it ends. */
export class OwnPage {
  readonly routes: Record<string, Route>;
  readonly #options: OwnPageOptions;
  readonly #sessions: PageSessions;
  readonly #paused: Listeners<[subject: string]>;
  readonly #phones = new Map<string, { at: number; phones: Promise<Phones> }>();

  constructor(options: OwnPageOptions) {
    const { clock, issuer, vault, log, sessions } = options;
    this.#options = options;
    this.#sessions = new PageSessions(clock, issuer, sessions);
    this.#paused = new Listeners((err) => log.error({ err }, 'a listener for pauses failed'));
    vault.onEnd((subject, _, where) => {
      this.#phones.delete(subject);
      if (where === 'elsewhere') return;
      // Sessions count only with a sign-in: what stays lets nobody in.
      this.#sessions
        .endPerson(subject)
        .catch((error) => logFailed(log, error, 'sessions of a page could not be ended', { subject }));
    });
    vault.onPauseElsewhere((subject) => this.#paused.emit(subject));
    this.routes = {
      [paths.ownPage]: {
        methods: ['GET', 'POST'],
        open: true,
        page: true,
        handle: withErrorPages(log, (exchange) =>
          exchange.request.method === 'POST' ? this.#change(exchange) : this.#show(exchange),
        ),
      },
    };
  }

  /** Is called with each person who has paused. @returns stops that */
  onPause(listener: (subject: string) => void): () => void {
    return this.#paused.add(listener);
  }

  /**
   * @throws PageError 403 for somebody who is not let in, and for whoever no app uses anything of: a sign-in would be
   * kept for nothing
   */
  async admit(extension: SignedInExtension): Promise<void> {
    const refusal = this.#options.admission.refusal(extension);
    if (refusal !== undefined) throw this.#failed(403, `${refusal} Nothing of this sign-in was kept.`);
    if (await this.#options.vault.status(subjectOf(extension))) return;
    throw this.#failed(
      403,
      'No app uses your phone on this server, so there is nothing to show, and nothing of this sign-in was kept.',
    );
  }

  /** Shows their page to the browser in which somebody has just signed in. */
  async enter(subject: string, response: ServerResponse): Promise<void> {
    await this.#sessions.open(subject, response);
    redirect(response, this.#address);
  }

  /** What the person is told who has pressed "no" at RingCentral. */
  declined(): PageError {
    return this.#failed(400, 'You have not signed in at RingCentral.');
  }

  get #address(): string {
    return `${this.#options.issuer}${paths.ownPage}`;
  }

  async #show({ request, response }: Exchange): Promise<void> {
    const { artefacts, serverUrl, line, clock } = this.#options;
    const query = new URL(request.url ?? '', this.#options.issuer).searchParams;
    const session = await this.#sessions.of(request, { unnoticed: query.has('again') });
    const person = session && (await this.#personOf(session));
    if (!session || !person) {
      sendPage(response, 200, signInPage(this.#address, serverUrl));
      return;
    }
    const { subject, csrfToken } = session;
    const questions = await line.questionsOf?.(subject);
    const about = { csrfToken, action: this.#address, now: clock.now() };
    if (questions && query.has('watch')) {
      sendPage(response, 200, questionsPage({ ...about, questions }));
      return;
    }
    const shown = ownPage({
      ...{ ...about, person, questions },
      apps: await artefacts.permissionsOf(subject),
      phones: person.choices.pausedAt ? undefined : await this.#phonesOf(subject),
      acts: await line.actsOf(subject).catch(asFailure),
    });
    sendPage(response, 200, shown);
  }

  /** Does what a button of the page says. */
  async #change({ request, response }: Exchange): Promise<void> {
    const { issuer } = this.#options;
    const form = await readForm(request, new URL(issuer).origin);
    const wish = form.get('do') ?? '';
    if (wish === 'sign-in') return this.#signIn(response);
    const session = await this.#sessionOf(request, form);
    await this.#do(wish, form, session);
    this.#options.log.info({ subject: session.subject, did: wish }, 'somebody has used their page');
    if (wish === 'sign-out') await this.#sessions.close(request, response);
    redirect(response, form.has('watch') ? `${this.#address}?watch` : this.#address);
  }

  async #do(wish: string, form: URLSearchParams, { subject }: PageSession): Promise<void> {
    const { vault, clock } = this.#options;
    switch (wish) {
      case 'sign-out':
        return vault.revoke(subject);
      case 'pause':
        await vault.choose(subject, { pausedAt: clock.now() });
        return this.#paused.emit(subject);
      case 'resume':
        await vault.choose(subject, { pausedAt: null });
        return;
      case 'phone':
        return this.#choosePhone(subject, form.get('phone') ?? '');
      case 'answer':
        return this.#answer(subject, form);
      case 'revoke':
        return this.#endPermissions(subject, [form.get('app') ?? '']);
      case 'revoke-all':
        return this.#endPermissions(
          subject,
          (await this.#options.artefacts.permissionsOf(subject)).map(({ id }) => id),
        );
      default:
        throw this.#failed(400, 'This page has no such button.');
    }
  }

  async #answer(subject: string, form: URLSearchParams): Promise<void> {
    const answer = answers.find((one) => one === form.get('answer'));
    if (!answer) throw this.#failed(400, 'The answer is missing.');
    if (!(await this.#options.line.answer?.(subject, form.get('question') ?? '', answer)))
      throw this.#failed(404, 'That question is no longer open.');
  }

  /** A sign-in that no app may use ends with the last of them. */
  async #endPermissions(subject: string, ids: readonly string[]): Promise<void> {
    const { artefacts, vault } = this.#options;
    const ended: string[] = [];
    for (const id of ids) if (await artefacts.endPermission(subject, id)) ended.push(id);
    if (ended.length < ids.length)
      throw this.#failed(404, 'That app may not use your phone any more: there is nothing to take back.');
    if ((await artefacts.permissionsOf(subject)).length === 0) await vault.revoke(subject);
  }

  async #choosePhone(subject: string, id: string): Promise<void> {
    if (id === 'none') {
      await this.#options.vault.choose(subject, { phone: null });
      return;
    }
    const phones = await this.#phonesOf(subject);
    if (phones instanceof Failure) throw phones;
    if (!phones.some((phone) => phone.id === id)) throw this.#failed(400, 'That is none of your phones.');
    await this.#options.vault.choose(subject, { phone: id });
  }

  async #signIn(response: ServerResponse): Promise<void> {
    const { pending, ringcentral } = this.#options;
    const { secrets } = await pending.begin(response, { kind: 'own page' });
    redirect(response, (await ringcentral.authorizationUrl(secrets)).href);
  }

  /** @throws PageError for a form that is not of the page of this browser's session */
  async #sessionOf(request: IncomingMessage, form: URLSearchParams): Promise<PageSession> {
    const session = await this.#sessions.of(request);
    if (!session || !(await this.#personOf(session)))
      throw this.#failed(403, 'You are not signed in here any more. Nothing was changed.');
    if (isSameSecret(form.get('csrf') ?? '', session.csrfToken)) return session;
    throw this.#failed(403, 'This form is not from the page that this server has shown you.');
  }

  /** Undefined for somebody whose sign-in has ended. */
  async #personOf({ subject }: PageSession): Promise<PersonStatus | undefined> {
    const status = await this.#options.vault.status(subject);
    return status?.state === 'active' ? status : undefined;
  }

  #phonesOf(subject: string): Promise<Phones> {
    const { line, clock } = this.#options;
    const kept = this.#phones.get(subject);
    if (kept && clock.now() - kept.at < phonesKeptMs) return kept.phones;
    const phones = line.phonesOf(subject).catch((error) => {
      this.#phones.delete(subject);
      return asFailure(error);
    });
    this.#phones.set(subject, { at: clock.now(), phones });
    return phones;
  }

  #failed(status: number, message: string): PageError {
    return new PageError(status, message, {
      title: ownPageTitle,
      more: html`<p><a href="${this.#address}">Go to your page</a></p>`,
    });
  }
}

/** What the page tells; throws whatever else is no reason to. */
function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  throw error;
}

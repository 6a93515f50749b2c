import { Failure } from '../../shared/failure.ts';
import { lasting, moment, momentAgo } from '../../shared/moment.ts';
import { clean } from '../../shared/untrusted.ts';
import type { AppPermission } from '../artefacts.ts';
import type { PastAct, PhoneOfPerson, WaitingQuestion } from '../person-line.ts';
import type { PersonStatus } from '../person-record.ts';
import { scopeWords } from '../scopes.ts';
import { type Html, html } from './html.ts';
import { type Page, page } from './layout.ts';

export const ownPageTitle = 'Your phone and agents';

/** Asks whoever is not signed in to sign in. */
export const signInPage = (action: string, signInUrl: string): Page =>
  page(
    ownPageTitle,
    html`<p>Here you see which apps may use your phone and what they have done, pause them, and take permissions back.</p>
<form method="post" action="${action}">
<button name="do" value="sign-in">Sign in with RingCentral</button>
</form>`,
    // RingCentral redirects to hosts of its own.
    { formTargets: ['https:', new URL(signInUrl).origin] },
  );

/** What each view of the page needs. */
interface View {
  /** Where forms are sent to, with what proves that they come from this page. */
  action: string;
  csrfToken: string;
  /** Epoch ms. */
  now: number;
}

export interface OwnPageView extends View {
  person: PersonStatus;
  /** Absent where people are asked elsewhere. */
  questions: readonly WaitingQuestion[] | undefined;
  apps: readonly AppPermission[];
  /** Absent while the person has paused; a failure where they could not be read. */
  phones: readonly PhoneOfPerson[] | Failure | undefined;
  acts: readonly PastAct[] | Failure;
}

/** In seconds: a question waits for 45. */
const refreshEvery = 5;

/** A form of the page, whose button does this. */
type Form = (wish: string, fields: Html) => Html;

const formsOf =
  ({ action, csrfToken }: View): Form =>
  (wish, fields) =>
    html`<form method="post" action="${action}">
<input type="hidden" name="csrf" value="${csrfToken}">
<input type="hidden" name="do" value="${wish}">
${fields}
</form>`;

/** Shows the questions that wait, and loads itself anew to show the next. */
export function questionsPage(view: View & { questions: readonly WaitingQuestion[] }): Page {
  const { action } = view;
  return page(
    view.questions.length === 0 ? 'Questions' : `(${view.questions.length}) Questions`,
    html`${questionsPart(view, formsOf(view), html`<input type="hidden" name="watch" value="">`)}
<p>This page loads itself anew. <a href="${action}">Back to your page</a></p>`,
    { refresh: { seconds: refreshEvery, url: `${action}?watch&again` } },
  );
}

/** Shows a person what they have allowed, and what was done. */
export function ownPage(view: OwnPageView): Page {
  const { person, questions, action, now } = view;
  const form = formsOf(view);
  return page(
    ownPageTitle,
    html`<p>You are <strong>${clean(person.name)}</strong>, extension ${person.extensionNumber}. Signed in since ${moment(person.signedInAt, now)}.</p>
${
  questions &&
  html`<h2>Questions</h2>
${questionsPart({ questions, now }, form)}
<p><a href="${action}?watch">Wait for questions</a></p>`
}
${pausePart(view, form)}
${appsPart(view, form)}
${phonePart(view, form)}
${actsPart(view)}
<h2>Sign out</h2>
<p>Ends your sign-in here and at RingCentral, and takes back what all apps may do.</p>
${form('sign-out', html`<button>Sign out</button>`)}`,
    questions?.length ? { refresh: { seconds: refreshEvery, url: `${action}?again` } } : {},
  );
}

/** The words and buttons of the operator's page. */
function questionsPart(
  { questions, now }: { questions: readonly WaitingQuestion[]; now: number },
  form: Form,
  more?: Html,
): Html {
  if (questions.length === 0) return html`<p role="status">No question waits.</p>`;
  return html`<ol>
${questions.map(
  ({ id, message, grantLasts, expiresAt }) => html`<li><pre>${message}</pre>
${form(
  'answer',
  html`<input type="hidden" name="question" value="${id}">
${more}
<button name="answer" value="yes">Approve</button>
${grantLasts === undefined ? undefined : html`<button name="answer" value="grant">Approve for ${grantLasts}</button>`}
<button name="answer" value="declined">Decline</button>`,
)}
<p>${lasting(expiresAt - now)} left</p>
</li>
`,
)}</ol>`;
}

function pausePart({ person, now }: OwnPageView, form: Form): Html {
  const { pausedAt } = person.choices;
  if (!pausedAt)
    return html`<h2>Pause</h2>
<p>While you pause, agents see nothing and do nothing.</p>
${form('pause', html`<button>Pause all agents</button>`)}`;
  return html`<h2>Paused</h2>
<p class="note" role="status">Paused since ${momentAgo(pausedAt, now)}. Agents see nothing and do nothing until you end the pause.</p>
${form('resume', html`<button>End the pause</button>`)}`;
}

function appsPart({ apps, now }: OwnPageView, form: Form): Html {
  if (apps.length === 0)
    return html`<h2>Apps</h2>
<p>No app may use your phone.</p>`;
  return html`<h2>Apps that may use your phone</h2>
<ul>
${apps.map((app) => appItem(app, now, form))}
</ul>
${apps.length > 1 ? form('revoke-all', html`<button>Take all back</button>`) : undefined}
<p>With the last app your sign-in here ends, too.</p>`;
}

const appItem = (
  app: AppPermission,
  now: number,
  form: Form,
): Html => html`<li><strong>${nameOf(app)}</strong>, since ${moment(app.since, now)}
<ul>
${scopeWords
  .filter(({ scope }) => app.scopes.includes(scope))
  .map(
    ({ words }) => html`<li>${words}</li>
`,
  )}</ul>
${form(
  'revoke',
  html`<input type="hidden" name="app" value="${app.id}">
<button aria-label="Take back what ${nameOf(app)} may do">Take back</button>`,
)}
</li>
`;

/** An app with a metadata document is known by its host, which nobody else can publish it there. */
function nameOf({ clientId, clientName }: AppPermission): string {
  if (/^https:\/\//i.test(clientId)) return new URL(clientId).host;
  return clean(clientName ?? '') || clean(clientId);
}

function phonePart({ person, phones }: OwnPageView, form: Form): Html {
  if (!phones)
    return html`<h2>Phone</h2>
<p>End the pause to choose which phone agents may use.</p>`;
  if (phones instanceof Failure)
    return html`<h2>Phone</h2>
<p>Your phones cannot be shown now. ${phones.message}</p>`;
  const { phone } = person.choices;
  const choice = (
    value: string,
    words: string,
    isChosen: boolean,
  ) => html`<div><input type="radio" id="phone-${value}" name="phone" value="${value}" required${isChosen ? html` checked` : undefined}><label for="phone-${value}">${words}</label></div>
`;
  return html`<h2>Phone</h2>
<p>Agents may open the microphone of this phone, when they answer or place a call with it, without asking you about the phone first.${phone === undefined ? ' You have chosen none yet: you are asked, but on a sandbox, where the desk phones count as chosen.' : ''}</p>
${form(
  'phone',
  html`<fieldset>
<legend>Phone that agents may use</legend>
${phones.map(({ id, words }) => choice(id, words, id === phone))}${choice('none', 'None: ask me first', phone === null)}</fieldset>
<button>Save</button>`,
)}`;
}

function actsPart({ acts, now }: OwnPageView): Html {
  if (acts instanceof Failure)
    return html`<h2>What agents did</h2>
<p>That cannot be shown now. ${acts.message}</p>`;
  if (acts.length === 0)
    return html`<h2>What agents did</h2>
<p>Nothing yet, since this server was started.</p>`;
  return html`<h2>What agents did</h2>
<ol>
${acts.map(
  ({
    at,
    what,
    outcome,
  }) => html`<li><time datetime="${new Date(at).toISOString()}">${moment(at, now)}</time>: ${what}. ${outcome}</li>
`,
)}</ol>`;
}

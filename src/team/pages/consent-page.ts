import { isLoopback } from '../../shared/loopback.ts';
import type { ScopeWords } from '../scopes.ts';
import { type Html, html } from './html.ts';
import { type Page, page } from './layout.ts';

/** The app that asks, as far as this server knows it. */
export interface AskingApp {
  /** By its own account. */
  name: string;
  /** The host of its metadata document, which nobody else can publish there; absent for an app that registered. */
  host?: string;
  redirectUri: string;
}

export interface ConsentPageOptions {
  app: AskingApp;
  /** What the app asks for. */
  asked: readonly ScopeWords[];
  /** Whom this browser is known as; absent: the person signs in at RingCentral next. */
  signedInAs?: string;
  /** Where the form is sent to, with what proves that it comes from this page. */
  action: string;
  csrfToken: string;
  /** Where RingCentral's sign-in page is. */
  signInUrl: string;
}

/** Asks a person whether an app may use their phone, and for what. */
export function consentPage(options: ConsentPageOptions): Page {
  const { app, asked, signedInAs, action, csrfToken, signInUrl } = options;
  return page(
    `Let ${app.name} use your phone?`,
    html`<dl>
<dt>App</dt>
<dd>${app.name} ${app.host === undefined ? '(it says so itself; nobody has checked that)' : html`, published by <strong>${app.host}</strong>`}</dd>
<dt>After your answer you are sent to</dt>
<dd><strong>${placeOf(app.redirectUri)}</strong>, at ${new URL(app.redirectUri).href}</dd>
<dt>Whose phone</dt>
<dd>${signedInAs ?? 'Yours: you sign in at RingCentral next.'}</dd>
</dl>
<p class="note">Go on only if you have just begun to connect this app yourself.</p>
<form method="post" action="${action}">
<input type="hidden" name="csrf" value="${csrfToken}">
<fieldset>
<legend>It asks to</legend>
${asked.map(scopeLine)}
</fieldset>
<p>Before it hangs up on anybody, drops anybody or calls outside, you are still asked, and where the app cannot ask it is
not done; unless whoever runs this server has set that differently. What you leave out now, you can add by connecting the
app again.</p>
<button name="answer" value="yes">Allow</button>
<button name="answer" value="no">Do not allow</button>
${signedInAs === undefined ? undefined : html`<button name="answer" value="other">Allow as somebody else</button>`}
</form>`,
    { formTargets: formTargetsOf(app.redirectUri, signInUrl) },
  );
}

/** Reading is what everything else needs. */
const required = 'calls:read';

function scopeLine({ scope, words, offered }: ScopeWords): Html {
  const id = scope.replace(':', '-');
  if (scope === required)
    return html`<div><input type="checkbox" id="${id}" checked disabled><label for="${id}">${words}</label></div>
`;
  return html`<div><input type="checkbox" id="${id}" name="scope" value="${scope}"${offered === 'ticked' ? html` checked` : undefined}><label for="${id}">${words}</label></div>
`;
}

/** Where a redirect goes, for a person: the host, this computer, or the app that opens such links. */
function placeOf(redirectUri: string): string {
  const { protocol, hostname, host } = new URL(redirectUri);
  if (!/^https?:$/.test(protocol)) return `the app on this computer that opens ${protocol}// links`;
  return isLoopback(hostname) ? `an app on this computer (${host})` : host;
}

/** RingCentral redirects to hosts of its own; the browser's answer goes to the app at last. */
function formTargetsOf(redirectUri: string, signInUrl: string): string[] {
  const { protocol, origin, hostname } = new URL(redirectUri);
  // A directive has no form for addresses of IPv6.
  const named = /^https?:$/.test(protocol) && !hostname.startsWith('[');
  return ['https:', new URL(signInUrl).origin, named ? origin : protocol];
}

import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Html, html } from './html.ts';

/** A whole page. */
export interface Page {
  html: string;
  /** Sources of the directive form-action beside this server. Browsers apply it to where a form is redirected, too. */
  formTargets: readonly string[];
}

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; }
main { max-width: 40rem; margin: 0 auto; padding: 1.5rem 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
dt { font-weight: 600; }
dd { margin: 0 0 .75rem; overflow-wrap: anywhere; }
fieldset { border: 1px solid; border-radius: .5rem; margin: 1rem 0; padding: .5rem 1rem; }
fieldset div { display: flex; gap: .6rem; margin: .6rem 0; }
input[type=checkbox] { flex: none; width: 1.2rem; height: 1.2rem; margin: .15rem 0 0; }
button { font: inherit; padding: .5rem 1.25rem; margin: 0 .5rem .5rem 0; min-height: 2.75rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
ul, ol { padding-left: 1.25rem; }
li { margin: .5rem 0; overflow-wrap: anywhere; }
input[type=radio] { flex: none; width: 1.2rem; height: 1.2rem; margin: .15rem 0 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
.note { border-left: .25rem solid; padding-left: .75rem; }
`;

const styleHash = createHash('sha256').update(style).digest('base64');

export interface PageOptions {
  /** See `Page`. */
  formTargets?: readonly string[];
  /** What the browser loads in its place after so many seconds; absent: nothing. */
  refresh?: { seconds: number; url: string };
}

/** A page with this title, in English. It has no script and loads nothing. */
export const page = (title: string, body: Html, { formTargets = [], refresh }: PageOptions = {}): Page => ({
  formTargets,
  html: html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${
  refresh &&
  html`<meta http-equiv="refresh" content="${refresh.seconds}; url=${refresh.url}">
`
}<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.text,
});

/** A page that says what went wrong, and what to do. */
export const errorPage = (message: string, more?: Html, title = 'Sign-in did not work'): Page =>
  page(
    title,
    html`<p>${message}</p>
${more ?? html`<p>Go back to your app and connect it again.</p>`}`,
  );

/** Headers by which a page runs no script, stands in no frame, and tells nobody where it was. */
export const headersOf = ({ formTargets }: Page): Record<string, string> => ({
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    ["form-action 'self'", ...formTargets].join(' '),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  // Not no-referrer, with which browsers hide the origin of forms.
  'referrer-policy': 'same-origin',
});

export function sendPage(
  response: ServerResponse,
  status: number,
  shown: Page,
  headers: Readonly<Record<string, string>> = {},
): void {
  response
    .writeHead(status, { ...headersOf(shown), 'content-type': 'text/html; charset=utf-8', ...headers })
    .end(shown.html);
}

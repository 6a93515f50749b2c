import { css, html } from './page.ts';
import { script } from './script.ts';

/** What the console in the browser consists of, by path, with its content type. */
export const consoleFiles: Readonly<Record<string, readonly [type: string, text: string]>> = {
  '/': ['text/html; charset=utf-8', html],
  '/console.css': ['text/css; charset=utf-8', css],
  '/console.js': ['text/javascript; charset=utf-8', script],
};

/** Callers' names are hostile text here too: nothing runs that is not ours. */
export const consoleHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

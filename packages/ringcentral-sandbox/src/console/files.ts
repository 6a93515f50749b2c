import { css, html } from './page.ts';
import { script } from './script.ts';

/** The files of the console in the browser: content type and text, by path. */
export const consoleFiles: Readonly<Record<string, readonly [type: string, text: string]>> = {
  '/': ['text/html; charset=utf-8', html],
  '/console.css': ['text/css; charset=utf-8', css],
  '/console.js': ['text/javascript; charset=utf-8', script],
};

/** Headers of those files: nothing else may load or run in the page, because callers' names are hostile text. */
export const consoleHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { isLoopback } from '../shared/loopback.ts';
import { html } from './pages/html.ts';
import { errorPage, headersOf } from './pages/layout.ts';

/** What of an error is told the app, and what the person. */
interface Mistake {
  message: string;
  error_description?: string;
  /** Whether it is for the app, whose redirect is known to be its own. */
  allow_redirect?: boolean;
}

/**
 * Shows mistakes in an app's request on a page with a way back to the app, where the provider would send the browser on
 * at once: anybody can register an app, and with it make a link to this server lead wherever they like before the
 * person has seen anything (MCP "Open Redirection"; OAuth 2.1 section 7.12.2). Apps on the person's own computer are
 * told at once.
 */
export function showMistakesOfApps(provider: Provider): void {
  const mistakes = new WeakMap<KoaContextWithOIDC, Mistake>();
  provider.on('authorization.error', (ctx, error) => mistakes.set(ctx, error));
  provider.use(async (context, next) => {
    await next();
    const ctx = context as KoaContextWithOIDC;
    const mistake = mistakes.get(ctx);
    // Whoever comes to `resume` has answered before.
    if (!mistake?.allow_redirect || ctx.oidc.route !== 'authorization') return;
    const { redirect_uri, state } = ctx.oidc.params ?? ctx.query;
    if (!ctx.oidc.client || typeof redirect_uri !== 'string') return;
    const back = new URL(redirect_uri);
    if (isLoopback(back.hostname)) return;

    const { message: error, error_description: description } = mistake;
    const told = { error, error_description: description, state, iss: provider.issuer };
    for (const [name, value] of Object.entries(told))
      if (typeof value === 'string') back.searchParams.set(name, value);
    const shown = errorPage(
      `The app has asked in a way that this server does not take: ${description ?? error}.`,
      html`<p>If you have just begun to connect it yourself, go back to it at <a href="${back.href}">${back.host || back.protocol}</a>.</p>`,
    );
    ctx.remove('location');
    ctx.set(headersOf(shown));
    ctx.status = 400;
    ctx.type = 'html';
    ctx.body = shown.html;
  });
}

import { Failure } from '../shared/failure.ts';
import type { Logger } from '../shared/log.ts';
import type { Exchange, Route } from '../transports/http/exchange.ts';
import { PageError } from './page-error.ts';
import { errorPage, sendPage } from './pages/layout.ts';
import { UpstreamError } from './upstream-error.ts';

/** What goes wrong becomes a page that says what, and to do what. Anything unforeseen is passed on. */
export const withErrorPages =
  (log: Logger, handle: (exchange: Exchange) => Promise<void>): Route['handle'] =>
  async (exchange) => {
    try {
      await handle(exchange);
    } catch (error) {
      const shown = asPageError(error);
      if (!shown) throw error;
      if (error instanceof UpstreamError) log.warn({ reason: error.message }, 'a sign-in did not work');
      sendPage(
        exchange.response,
        shown.status,
        errorPage(shown.message, shown.more, shown.title),
        shown.headers,
      );
    }
  };

function asPageError(error: unknown): PageError | undefined {
  if (error instanceof PageError) return error;
  if (error instanceof Failure) return new PageError(503, error.message);
  // What oidc-provider was told of a store that cannot be reached.
  if (error instanceof Error && error.cause instanceof Failure)
    return new PageError(503, error.cause.message);
  if (!(error instanceof UpstreamError)) return undefined;
  const { kind, message, retryAfterSeconds } = error;
  if (kind === 'misconfigured')
    return new PageError(502, `${message} Whoever runs this server has to mend that.`);
  if (kind === 'invalid_grant') return new PageError(400, message);
  const wait = retryAfterSeconds === undefined ? 'in a while' : `in ${retryAfterSeconds} s`;
  return new PageError(503, `${message} Try again ${wait}: nothing was changed.`, {
    ...(retryAfterSeconds !== undefined && { headers: { 'retry-after': `${retryAfterSeconds}` } }),
  });
}

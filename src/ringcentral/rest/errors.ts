import { type Doubt, Failure, type FailureDetails, waitWords } from '../../shared/failure.ts';
import { explain, explanationOf } from './error-table.ts';
import { HttpError, requestIdOf } from './http-error.ts';
import { NetworkError } from './network-error.ts';

/** What was tried, for the message of its failure. */
export interface Attempt {
  /** "Hold call party"; undefined for look-ups. */
  what: string;
  /** It acts, so it is never repeated, and a lost answer leaves its outcome unknown. */
  acting: boolean;
  /** What shows whether the action was done; `calls` where that is not said. */
  inDoubt?: Doubt;
}

/** The `Failure` for what `send` threw; one that is a `Failure` already is returned unchanged. */
export function toFailure(error: unknown, attempt: Attempt, retryAfterSeconds?: number): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof NetworkError) return explainNetwork(error, attempt);
  if (error instanceof HttpError) return explainAnswer(error, attempt, retryAfterSeconds);
  // Where a login is read: no JSON, such as a proxy's page or an answer that was cut off, or JSON nested too deep.
  const isNonsense = error instanceof SyntaxError || error instanceof RangeError;
  if (isNonsense && !attempt.acting) return unreadable(attempt.what);
  return new Failure('internal', 'The request to RingCentral failed unexpectedly.');
}

/** The failure of a read whose answer makes no sense: a proxy's page, or a change of the platform. */
export const unreadable = (what: string): Failure =>
  new Failure('unavailable', `${what}: RingCentral's answer could not be read. Try again in a moment.`);

function explainAnswer({ answer, body }: HttpError, attempt: Attempt, retryAfterSeconds?: number): Failure {
  const details: FailureDetails = {
    ...(body.code ? { errorCode: body.code } : {}),
    ...(body.parameter ? { parameter: body.parameter } : {}),
    ...requestIdOf(answer),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfterSeconds) }),
  };
  if (attempt.acting && isInconclusive(answer.status))
    return unknownOutcome('an internal error', attempt, details);
  const explanation = explanationOf(answer.status, body);
  const { kind, inDoubt } = explanation;
  const { retryAfterSeconds: seconds } = details;
  const again = kind === 'rate_limited' && seconds ? waitWords(seconds) : '';
  return new Failure(kind, explain(explanation, body) + again, inDoubt ? { ...details, inDoubt } : details);
}

/**
 * Statuses of 500 and above that say that nothing was done; with any other a server or proxy may have given up
 * half-way.
 */
const refusals: ReadonlySet<number> = new Set([501, 503]);
const isInconclusive = (status: number): boolean =>
  status === 408 || (status >= 500 && !refusals.has(status));

/** What helps where the platform cannot be reached, by what the error says; the first that fits. */
const networkHelp: readonly { of: RegExp; help: string }[] = [
  {
    // Node's codes of a certificate that it does not believe.
    of: /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ISSUER/,
    help:
      'Its certificate is not trusted here: check RC_SERVER_URL, and where a proxy reads TLS, give its authority in ' +
      'NODE_EXTRA_CA_CERTS.',
  },
  { of: /^/, help: 'Check the network, RC_SERVER_URL and status.ringcentral.com, then try again.' },
];

function explainNetwork(error: NetworkError, attempt: Attempt): Failure {
  if (attempt.acting && error.reached) return unknownOutcome(error.message, attempt, {});
  if (error.why === 'cancelled') {
    return new Failure('not_confirmed', 'The request was cancelled; nothing was done.', {
      reason: 'cancelled',
    });
  }
  const help = networkHelp.find(({ of }) => of.test(error.message))?.help;
  return new Failure(
    'unavailable',
    `RingCentral cannot be reached (${error.message}). ${attempt.acting ? 'Nothing was done. ' : ''}${help}`,
  );
}

function unknownOutcome(why: string, { what, inDoubt = 'calls' }: Attempt, details: FailureDetails): Failure {
  return new Failure(
    'unknown_outcome',
    `${what}: the answer did not arrive (${why}), so it may or may not have happened. Do not repeat it; read the ` +
      'calls to find out.',
    { ...details, inDoubt },
  );
}

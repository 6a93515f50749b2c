import {
  type Doubt,
  Failure,
  type FailureDetails,
  type FailureKind,
  waitWords,
} from '../../shared/failure.ts';
import { type HttpResponse, NetworkError } from './http.ts';

/**
 * An answer that is not a success, carried past the SDK, which would repeat requests on some of them
 * (platform.md 11.1).
 */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly answer: HttpResponse;
  readonly body: ErrorBody;

  constructor(answer: HttpResponse) {
    super(`HTTP ${answer.status}`);
    this.answer = answer;
    this.body = readErrorBody(answer.body);
  }
}

export interface ErrorBody {
  code?: string;
  message?: string;
  parameter?: string;
  permission?: string;
}

/** Reads an error body: both shapes of platform.md 9.1, and OAuth's. `{}` for a proxy's HTML or an empty body. */
export function readErrorBody(text: string): ErrorBody {
  const top = asObject(parse(text));
  const first = asObject(Array.isArray(top.errors) ? top.errors[0] : undefined);
  const pick = (...names: string[]): string | undefined => {
    for (const source of [first, top]) {
      for (const name of names)
        if (typeof source[name] === 'string' && source[name] !== '') return source[name];
    }
    return undefined;
  };
  const message = pick('message', 'error_description', 'description');
  return {
    code: pick('errorCode', 'error'),
    message,
    parameter: pick('parameterName'),
    // `In order to call this API endpoint, application needs to have [X] permission` (CMN-401, CMN-408)
    permission: pick('permissionName') ?? message?.match(/\[(\w+)\]/)?.[1],
  };
}

/** Whether a read is worth another try: the fault of network or platform may pass. */
export const isPassing = (error: unknown): boolean =>
  (error instanceof NetworkError && error.why !== 'cancelled') ||
  (error instanceof HttpError && error.answer.status >= 500);

/** What was tried, for the message of its failure. */
export interface Attempt {
  /** "Hold call party"; undefined for look-ups. */
  what: string;
  /** It acts, so it is never repeated, and a lost answer leaves its outcome unknown. */
  acting: boolean;
  /** What shows whether the action was done; `calls` where that is not said. */
  inDoubt?: Doubt;
}

interface Explanation {
  kind: FailureKind;
  say: (error: ErrorBody) => string;
  inDoubt?: Doubt;
}

const notAllowed =
  (why: string) =>
  ({ permission }: ErrorBody): string =>
    why.replace('{permission}', permission ?? 'a permission that RingCentral did not name');

const appPermission = notAllowed(
  'The RingCentral app lacks the permission {permission}. Add it in the RingCentral developer console, under the ' +
    "app's settings; Call Control has to be granted by RingCentral support. Then restart this server.",
);
const userPermission = notAllowed(
  'The logged-in user lacks the permission {permission}. An administrator can add it to the role of the user in ' +
    'the RingCentral Admin Portal.',
);
const wrongState = (): string =>
  'The call is not in a state in which this works (it may have moved on). Read it, then choose again.';
const badParameter = ({ parameter, message }: ErrorBody): string =>
  parameter
    ? `RingCentral refuses the value of ${parameter}.`
    : `RingCentral refuses the request${quoted(message)}.`;

/** What each code means to the reader and what helps (platform.md 9.2). */
const byCode: Readonly<Record<string, Explanation>> = {
  'CMN-100': {
    kind: 'invalid_input',
    say: ({ parameter }) => `The parameter ${parameter ?? ''} is missing.`,
  },
  'CMN-101': { kind: 'invalid_input', say: badParameter },
  'CMN-102': {
    kind: 'not_found',
    say: ({ parameter }) =>
      `Nothing was found for the given ${parameter ?? 'id'}. It may be mistyped or over.`,
    inDoubt: 'calls',
  },
  'CMN-103': { kind: 'invalid_input', say: badParameter },
  'CMN-104': { kind: 'invalid_input', say: badParameter },
  'CMN-109': { kind: 'forbidden', say: () => 'This feature is not available on the RingCentral account.' },
  'CMN-120': {
    kind: 'not_found',
    say: () => 'RingCentral does not know this call, party or address.',
    inDoubt: 'calls',
  },
  'CMN-201': {
    kind: 'unavailable',
    say: () => 'RingCentral is temporarily unavailable. Try again in a moment.',
  },
  'CMN-202': { kind: 'forbidden', say: () => 'RingCentral does not support this operation here.' },
  'CMN-211': {
    kind: 'unavailable',
    say: () => 'RingCentral runs in a limited mode and cannot do this now. Try again later.',
  },
  'CMN-401': { kind: 'forbidden', say: appPermission },
  'CMN-402': { kind: 'forbidden', say: () => 'Only an administrator of the account may do this.' },
  'CMN-403': { kind: 'forbidden', say: () => 'This is not available for this type of extension.' },
  'CMN-404': { kind: 'forbidden', say: () => 'This belongs to another extension, which you may not act on.' },
  'CMN-408': { kind: 'forbidden', say: userPermission },
  'CMN-419': { kind: 'forbidden', say: userPermission },
  InsufficientPermissions: { kind: 'forbidden', say: userPermission },
  'SUB-406': { kind: 'forbidden', say: () => "Another account's events cannot be subscribed to." },
  'SUB-505': {
    kind: 'forbidden',
    say: () => 'The limit of event subscriptions of this user and app is reached.',
  },
  'SUB-528': {
    kind: 'forbidden',
    say: ({ permission }) => appPermission({ permission: permission ?? 'WebSocketsSubscription' }),
  },
  'TAS-101': { kind: 'wrong_state', say: wrongState, inDoubt: 'call' },
  'TAS-102': { kind: 'wrong_state', say: wrongState, inDoubt: 'call' },
  'TAS-106': {
    kind: 'forbidden',
    say: () =>
      'RingCentral does not allow this on this party: it is not yours, you do not monitor it, or (conference) the ' +
      'host has not joined by phone yet.',
    inDoubt: 'call',
  },
  'TAS-115': { kind: 'forbidden', say: () => 'The automatic recording of this call cannot be paused.' },
  'OAU-147': { kind: 'forbidden', say: () => 'The RingCentral account is locked.' },
  'OAU-148': { kind: 'forbidden', say: () => 'The RingCentral account is locked.' },
  'OAU-153': { kind: 'forbidden', say: () => 'RingCentral does not know the app: check RC_APP_CLIENT_ID.' },
  'OAU-236': { kind: 'forbidden', say: () => "The user's extension is disabled or frozen." },
  'OAU-251': {
    kind: 'forbidden',
    say: () =>
      'The app may not log in with a JWT: switch on the JWT auth flow in the RingCentral developer console.',
  },
};

/** Meanings by HTTP status, for codes that are not in the table, or none at all. */
const byStatus: Readonly<Record<number, Explanation>> = {
  400: { kind: 'invalid_input', say: badParameter },
  401: {
    kind: 'forbidden',
    say: ({ message }) =>
      `RingCentral refuses the login${quoted(message)}. Check RC_USER_JWT, RC_APP_CLIENT_ID and RC_APP_CLIENT_SECRET.`,
  },
  403: { kind: 'forbidden', say: ({ message }) => `RingCentral does not allow this${quoted(message)}.` },
  404: {
    kind: 'not_found',
    say: () => 'RingCentral does not know this call or party. It may be over.',
    inDoubt: 'calls',
  },
  405: { kind: 'forbidden', say: () => 'RingCentral does not support this operation here.' },
  409: { kind: 'wrong_state', say: wrongState, inDoubt: 'call' },
  429: {
    kind: 'rate_limited',
    say: () => 'RingCentral refuses further requests for now. Nothing happened.',
  },
  501: { kind: 'forbidden', say: () => 'RingCentral does not support this operation here.' },
  503: { kind: 'unavailable', say: () => 'RingCentral is temporarily unavailable. Try again in a moment.' },
};

const otherwise: Explanation = {
  kind: 'unavailable',
  say: ({ message }) => `RingCentral answered with an error${quoted(message)}. Try again in a moment.`,
};

/**
 * Statuses of 500 and above that say that nothing was done; with any other a server or proxy may have given up
 * half-way.
 */
const refusals: ReadonlySet<number> = new Set([501, 503]);
const isInconclusive = (status: number): boolean =>
  status === 408 || (status >= 500 && !refusals.has(status));

/** The `Failure` for what `send` threw; one that is a `Failure` already is returned unchanged. */
export function toFailure(error: unknown, attempt: Attempt, retryAfterSeconds?: number): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof NetworkError) return explainNetwork(error, attempt);
  if (!(error instanceof HttpError))
    return new Failure('internal', 'The request to RingCentral failed unexpectedly.');
  const { answer, body } = error;
  const details: FailureDetails = {
    ...(body.code ? { errorCode: body.code } : {}),
    ...(body.parameter ? { parameter: body.parameter } : {}),
    ...requestIdOf(answer),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfterSeconds) }),
  };
  if (attempt.acting && isInconclusive(answer.status))
    return unknownOutcome('an internal error', attempt, details);
  // A refused login has codes of many kinds (platform.md 9.2); the status says what they have in common.
  const { kind, say, inDoubt } =
    byCode[body.code ?? ''] ?? byStatus[oauthStatus(answer.status, body)] ?? otherwise;
  const { retryAfterSeconds: seconds } = details;
  const again = kind === 'rate_limited' && seconds ? waitWords(seconds) : '';
  return new Failure(kind, say(body) + again, inDoubt ? { ...details, inDoubt } : details);
}

/** Node's codes of a certificate that it does not believe. */
const distrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ISSUER/;

function explainNetwork(error: NetworkError, attempt: Attempt): Failure {
  if (attempt.acting && error.reached) return unknownOutcome(error.message, attempt, {});
  if (error.why === 'cancelled') {
    return new Failure('not_confirmed', 'The request was cancelled; nothing was done.', {
      reason: 'cancelled',
    });
  }
  const help = distrusted.test(error.message)
    ? 'Its certificate is not trusted here: check RC_SERVER_URL, and where a proxy reads TLS, give its authority in NODE_EXTRA_CA_CERTS.'
    : 'Check the network, RC_SERVER_URL and status.ringcentral.com, then try again.';
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

/** RingCentral's id of the exchange, for its support. */
export function requestIdOf(answer: HttpResponse): { requestId?: string } {
  const requestId = answer.headers.get('rcrequestid');
  return requestId === undefined ? {} : { requestId };
}

const oauthCode = /^(OAU-|invalid_|unauthorized_|Token(Invalid|Expired))/;
const oauthStatus = (status: number, { code }: ErrorBody): number =>
  status < 500 && status !== 429 && oauthCode.test(code ?? '') ? 401 : status;

/** The platform's own words, capped: they can hold what a caller or a model wrote. */
const quoted = (message: string | undefined): string =>
  message ? ` ("${message.replace(/[\s"]+/g, ' ').slice(0, 160)}")` : '';

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

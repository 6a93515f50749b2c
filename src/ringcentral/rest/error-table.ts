import type { Doubt, FailureKind } from '../../shared/failure.ts';
import type { ErrorBody } from './error-body.ts';

/** What an error of the platform means to the reader, and what helps. */
export interface Explanation {
  kind: FailureKind;
  /**
   * For the reader. `{parameter}` and `{permission}` stand for what the answer names, and what `unnamed` has where it
   * names nothing; `{message}` for the platform's own words, quoted, where it has any.
   */
  text: string;
  unnamed?: Partial<Record<'parameter' | 'permission', string>>;
  /** Said instead where the answer names the parameter that it refuses. */
  textWithParameter?: string;
  inDoubt?: Doubt;
}

const badParameter: Explanation = {
  kind: 'invalid_input',
  text: 'RingCentral refuses the request{message}.',
  textWithParameter: 'RingCentral refuses the value of {parameter}.',
};
const appLacksPermission: Explanation = {
  kind: 'forbidden',
  text:
    'The RingCentral app lacks the permission {permission}. Add it in the RingCentral developer console, under the ' +
    "app's settings; Call Control has to be granted by RingCentral support. Then restart this server.",
};
const userLacksPermission: Explanation = {
  kind: 'forbidden',
  text:
    'The logged-in user lacks the permission {permission}. An administrator can add it to the role of the user in ' +
    'the RingCentral Admin Portal.',
};
const wrongState: Explanation = {
  kind: 'wrong_state',
  text: 'The call is not in a state in which this works (it may have moved on). Read it, then choose again.',
  inDoubt: 'call',
};
const notSupported: Explanation = {
  kind: 'forbidden',
  text: 'RingCentral does not support this operation here.',
};
const passingTrouble: Explanation = {
  kind: 'unavailable',
  text: 'RingCentral is temporarily unavailable. Try again in a moment.',
};
const accountLocked: Explanation = { kind: 'forbidden', text: 'The RingCentral account is locked.' };

/** By the platform's code (platform.md 9.2). */
const codes: Readonly<Record<string, Explanation>> = {
  'CMN-100': {
    kind: 'invalid_input',
    text: 'The parameter {parameter} is missing.',
    unnamed: { parameter: '' },
  },
  'CMN-101': badParameter,
  'CMN-102': {
    kind: 'not_found',
    text: 'Nothing was found for the given {parameter}. It may be mistyped or over.',
    unnamed: { parameter: 'id' },
    inDoubt: 'calls',
  },
  'CMN-103': badParameter,
  'CMN-104': badParameter,
  'CMN-109': { kind: 'forbidden', text: 'This feature is not available on the RingCentral account.' },
  'CMN-120': {
    kind: 'not_found',
    text: 'RingCentral does not know this call, party or address.',
    inDoubt: 'calls',
  },
  'CMN-201': passingTrouble,
  'CMN-202': notSupported,
  'CMN-211': {
    kind: 'unavailable',
    text: 'RingCentral runs in a limited mode and cannot do this now. Try again later.',
  },
  'CMN-401': appLacksPermission,
  'CMN-402': { kind: 'forbidden', text: 'Only an administrator of the account may do this.' },
  'CMN-403': { kind: 'forbidden', text: 'This is not available for this type of extension.' },
  'CMN-404': { kind: 'forbidden', text: 'This belongs to another extension, which you may not act on.' },
  'CMN-408': userLacksPermission,
  'CMN-419': userLacksPermission,
  InsufficientPermissions: userLacksPermission,
  'SUB-406': { kind: 'forbidden', text: "Another account's events cannot be subscribed to." },
  'SUB-505': {
    kind: 'forbidden',
    text: 'The limit of event subscriptions of this user and app is reached.',
  },
  'SUB-528': { ...appLacksPermission, unnamed: { permission: 'WebSocketsSubscription' } },
  'TAS-101': wrongState,
  'TAS-102': wrongState,
  'TAS-106': {
    kind: 'forbidden',
    text:
      'RingCentral does not allow this on this party: it is not yours, you do not monitor it, or (conference) the ' +
      'host has not joined by phone yet.',
    inDoubt: 'call',
  },
  'TAS-115': { kind: 'forbidden', text: 'The automatic recording of this call cannot be paused.' },
  'OAU-147': accountLocked,
  'OAU-148': accountLocked,
  'OAU-153': { kind: 'forbidden', text: 'RingCentral does not know the app.' },
  'OAU-236': { kind: 'forbidden', text: "The user's extension is disabled or frozen." },
  'OAU-251': {
    kind: 'forbidden',
    text: 'The app may not log in with a JWT: switch on the JWT auth flow in the RingCentral developer console.',
  },
};

/** The same as a map, because a code comes from outside: an object has members that nobody wrote into it. */
const byCode: ReadonlyMap<string, Explanation> = new Map(Object.entries(codes));

/** By HTTP status, for codes that are not in the table, or none at all. */
const byStatus: Readonly<Record<number, Explanation>> = {
  400: badParameter,
  401: {
    kind: 'forbidden',
    text: 'RingCentral refuses the login{message}.',
  },
  403: { kind: 'forbidden', text: 'RingCentral does not allow this{message}.' },
  404: {
    kind: 'not_found',
    text: 'RingCentral does not know this call or party. It may be over.',
    inDoubt: 'calls',
  },
  405: notSupported,
  409: wrongState,
  429: { kind: 'rate_limited', text: 'RingCentral refuses further requests for now. Nothing happened.' },
  501: notSupported,
  503: passingTrouble,
};

const otherwise: Explanation = {
  kind: 'unavailable',
  text: 'RingCentral answered with an error{message}. Try again in a moment.',
};

/** A refused login has codes of many kinds (platform.md 9.2); the status says what they have in common. */
const oauthCode = /^(OAU-|invalid_|unauthorized_|Token(Invalid|Expired))/;

/** The explanation of an answer by its code, else by its status. */
export function explanationOf(status: number, { code = '' }: ErrorBody): Explanation {
  const isLogin = status < 500 && status !== 429 && oauthCode.test(code);
  return byCode.get(code) ?? byStatus[isLogin ? 401 : status] ?? otherwise;
}

/** The explanation in words for the reader, filled with what the answer names. */
export function explain({ text, textWithParameter, unnamed = {} }: Explanation, body: ErrorBody): string {
  const words: Readonly<Record<string, string>> = {
    parameter: body.parameter ?? unnamed.parameter ?? '',
    permission: body.permission ?? unnamed.permission ?? 'a permission that RingCentral did not name',
    message: quoted(body.message),
  };
  const template = body.parameter ? (textWithParameter ?? text) : text;
  return template.replace(/\{(\w+)\}/g, (_, name: string) => words[name] ?? '');
}

/** The platform's own words, capped: they can hold what a caller or a model wrote. */
const quoted = (message: string | undefined): string =>
  message ? ` ("${message.replace(/[\s"]+/g, ' ').slice(0, 160)}")` : '';

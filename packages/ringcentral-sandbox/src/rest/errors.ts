import { ApiError } from '../engine/api.ts';
import type { Account } from '../engine/world.ts';
import { chooseBySeed } from '../random.ts';
import type { ApiReply } from './exchange.ts';

/** Errors that the REST API itself finds; those about calls come from the engine (platform.md 9). */
export const apiErrors = {
  invalidUri: () => new ApiError(404, 'CMN-120', 'Invalid URI'),
  notFound: (parameterName: string, parameterValue?: string) =>
    new ApiError(404, 'CMN-102', `Resource for parameter [${parameterName}] is not found`, {
      parameterName,
      ...(parameterValue === undefined ? {} : { parameterValue }),
    }),
  invalidParameter: (parameterName: string) =>
    new ApiError(400, 'CMN-101', `Parameter [${parameterName}] value is invalid`, { parameterName }),
  missingParameter: (parameterName: string) =>
    new ApiError(400, 'CMN-100', `Parameter [${parameterName}] is missing`, { parameterName }),
  unparsableBody: () => new ApiError(400, 'CMN-103', 'Cannot parse JSON body'),
  bodyTooLarge: () => new ApiError(413, 'CMN-104', 'Request body is too large'),
  wrongContentType: () =>
    new ApiError(400, 'CMN-407', 'Header [Content-Type] value is invalid: application/json is expected', {
      parameterName: 'Content-Type',
    }),
  rateExceeded: () => new ApiError(429, 'CMN-301', 'Request rate exceeded'),
  loginRequired: () => new ApiError(401, 'CMN-405', 'Login to RingCentral is required'),
  appPermission: (permissionName: string) =>
    new ApiError(
      403,
      'CMN-401',
      `In order to call this API endpoint, application needs to have [${permissionName}] permission`,
      { permissionName },
    ),
  userPermission: (permissionName: string) =>
    new ApiError(
      403,
      'CMN-408',
      `In order to call this API endpoint, user needs to have [${permissionName}] permission for requested resource`,
      { permissionName },
    ),
  extensionType: () =>
    new ApiError(403, 'CMN-403', 'The feature is not available for this extension type', {
      parameterName: 'extensionId',
    }),
  otherExtension: (permissionName: string) =>
    new ApiError(403, 'CMN-419', 'User permission does not cover another extension', { permissionName }),
  internal: () => new ApiError(500, 'CMN-203', 'Internal server error'),
  unavailable: () => new ApiError(503, 'CMN-201', 'Service temporarily unavailable'),
  bearer: (errorCode: 'OAU-128' | 'OAU-129' | 'OAU-213') =>
    new ApiError(401, errorCode, BEARER_MESSAGES[errorCode]),
} as const;

const BEARER_MESSAGES = {
  'OAU-128': 'Access token expired',
  'OAU-129': 'Access token corrupted',
  'OAU-213': 'Token not found',
} as const;

/** Real bodies carry a word instead of the code at top level for token errors (platform.md 9.1). */
const TOP_LEVEL_WORDS: Record<string, string> = {
  'OAU-128': 'TokenExpired',
  'OAU-129': 'TokenInvalid',
  'OAU-213': 'TokenInvalid',
};

/** Permission errors, which were seen with a word at top level, too (platform.md 9.1). */
const PERMISSION_CODES = new Set(['CMN-401', 'CMN-402', 'CMN-408', 'CMN-419']);
const PERMISSION_WORD = 'InsufficientPermissions';

/** Whether permission errors of an operation (`METHOD path`) carry the word instead of the code at top level. */
export type PermissionWordRule = (operation: string) => boolean;

/** The rule that the account's `permissionErrors` says; for `seed` each operation has one shape, always the same. */
export function permissionWordRule(seed: number, account: () => Account): PermissionWordRule {
  return (operation) => {
    const { permissionErrors } = account();
    const shape = permissionErrors === 'seed' ? chooseBySeed(seed, operation, SHAPES) : permissionErrors;
    return shape === 'word';
  };
}

const SHAPES = ['code', 'word'] as const;

/**
 * The error envelope (platform.md 9.1): the error at top level, and once more in the list `errors`.
 *
 * @param usesWord a permission error has the platform's word instead of its code at top level
 */
export function errorReply(error: ApiError, headers?: Record<string, string>, usesWord = false): ApiReply {
  const { parameterName, parameterValue, permissionName } = error.details;
  const names = {
    ...(parameterName === undefined ? {} : { parameterName }),
    ...(permissionName === undefined ? {} : { permissionName }),
  };
  const listed = {
    errorCode: error.errorCode,
    message: error.message,
    ...names,
    ...(parameterValue === undefined ? {} : { parameterValue }),
  };
  const body = {
    errorCode: topLevelCode(error.errorCode, usesWord),
    message: error.message,
    errors: [listed],
    ...names,
  };
  return { status: error.status, ...(headers ? { headers } : {}), body };
}

function topLevelCode(errorCode: string, usesWord: boolean): string {
  if (usesWord && PERMISSION_CODES.has(errorCode)) return PERMISSION_WORD;
  return TOP_LEVEL_WORDS[errorCode] ?? errorCode;
}

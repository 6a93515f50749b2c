import { ApiError } from './api.ts';

/** Refusals of the engine, with codes of platform.md 9.2. Which refusal has which of them is mostly assumed. */

/** 404: the path or body names what does not exist. */
export function notFound(parameterName: string, value?: string): ApiError {
  return new ApiError(404, 'CMN-102', `Resource for parameter [${parameterName}] is not found`, {
    parameterName,
    ...(value === undefined ? {} : { parameterValue: value }),
  });
}

/** 400: the body lacks a member. */
export function missing(parameterName: string): ApiError {
  return new ApiError(400, 'CMN-100', `Parameter [${parameterName}] value is missing`, { parameterName });
}

/** 400: a value that has another shape, or names what it cannot name. */
export function invalid(parameterName: string, value?: string): ApiError {
  return new ApiError(400, 'CMN-101', `Parameter [${parameterName}] value is invalid`, {
    parameterName,
    ...(value === undefined ? {} : { parameterValue: value }),
  });
}

/** 403: somebody else's party, a missing right, a limit that is reached, a device that cannot be used. */
export function notAllowed(why: string): ApiError {
  return new ApiError(403, 'TAS-106', `Operation is not allowed: ${why}`);
}

/** 409: the state of the party or call does not allow it. */
export function wrongState(why: string): ApiError {
  return new ApiError(409, 'TAS-102', `Incorrect State [${why}]`);
}

/** 403: the state of a recording, or of the party to record, does not allow it. */
export function wrongRecordingState(why: string): ApiError {
  return new ApiError(403, 'TAS-101', `Incorrect State [WrongState]: ${why}`);
}

export function automaticRecording(): ApiError {
  return new ApiError(403, 'TAS-115', 'Pausing automatic recording is not supported for this call');
}

export function featureNotAvailable(feature: string): ApiError {
  return new ApiError(403, 'CMN-109', `Feature [${feature}] is not available`);
}

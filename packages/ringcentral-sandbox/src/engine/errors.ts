import { ApiError } from './api.ts';

/** Refusals of the engine. platform.md 9.2 has the few observed codes; the rest follow its suggestion (assumed). */

/** 404 for whatever a path or body names and nobody knows. */
export function notFound(parameterName: string, value?: string): ApiError {
  return new ApiError(404, 'CMN-102', `Resource for parameter [${parameterName}] is not found`, {
    parameterName,
    ...(value === undefined ? {} : { parameterValue: value }),
  });
}

export function missing(parameterName: string): ApiError {
  return new ApiError(400, 'CMN-100', `Parameter [${parameterName}] value is missing`, { parameterName });
}

export function invalid(parameterName: string, value?: string): ApiError {
  return new ApiError(400, 'CMN-101', `Parameter [${parameterName}] value is invalid`, {
    parameterName,
    ...(value === undefined ? {} : { parameterValue: value }),
  });
}

/** Not yours, no right, a limit reached, no usable device. */
export function notAllowed(why: string): ApiError {
  return new ApiError(403, 'TAS-106', `Operation is not allowed: ${why}`);
}

export function wrongState(why: string): ApiError {
  return new ApiError(409, 'TAS-102', `Incorrect State [${why}]`);
}

export function wrongRecordingState(why: string): ApiError {
  return new ApiError(403, 'TAS-101', `Incorrect State [WrongState]: ${why}`);
}

export function automaticRecording(): ApiError {
  return new ApiError(403, 'TAS-115', 'Pausing automatic recording is not supported for this call');
}

export function featureNotAvailable(feature: string): ApiError {
  return new ApiError(403, 'CMN-109', `Feature [${feature}] is not available`);
}

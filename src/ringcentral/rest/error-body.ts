import { parseJson } from '../../shared/parse-json.ts';

/** What an answer that is not a success says of itself. */
export interface ErrorBody {
  code?: string;
  message?: string;
  parameter?: string;
  permission?: string;
}

/** Reads an error body: both shapes of platform.md 9.1, and OAuth's. `{}` for a proxy's HTML or an empty body. */
export function readErrorBody(text: string): ErrorBody {
  const top = asObject(parseJson(text));
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

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

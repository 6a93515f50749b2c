import { isObject } from '../../shared/is-object.ts';
import { parseJson } from '../../shared/parse-json.ts';

/**
 * The object that a text in Redis is as JSON; undefined where it is none, because anybody who can write to Redis may
 * have damaged it. What that means is for whoever reads it. Of what is sealed, see `openJson`.
 */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(text);
  return isObject(value) ? value : undefined;
}

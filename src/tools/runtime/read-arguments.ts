import { z } from 'zod';

/** The arguments of a call: those that the tool has, and others. */
export interface Given {
  values: Record<string, unknown>;
  /** Members that the tool does not have, as they came. */
  unknown: ReadonlyMap<string, unknown>;
}

/**
 * Reads the arguments that a host sent. Hosts fill optional parameters with null or blanks, add members of their own
 * and send scalars in another type: what can be read in one way only is converted, everything else is left as it came
 * for the schema to judge. Throws nothing.
 */
export function readArguments(input: z.ZodObject, args: unknown): Given {
  const values: Record<string, unknown> = {};
  const unknown = new Map<string, unknown>();
  for (const [name, value] of Object.entries(asRecord(args))) {
    const schema = Object.hasOwn(input.shape, name) ? (input.shape[name] as z.ZodType) : undefined;
    if (!schema) unknown.set(name, value);
    else if (!isBlank(value)) values[name] = asScalar(inner(schema), value);
  }
  return { values, unknown };
}

const asRecord = (args: unknown): object => (typeof args === 'object' && args !== null ? args : {});

/** Whether a value is one that hosts send for "not given". */
export const isBlank = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === 'string' && value.trim() === '');

const inner = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodOptional ? inner(schema.unwrap() as z.ZodType) : schema;

function asScalar(schema: z.ZodType, value: unknown): unknown {
  if (schema instanceof z.ZodString) return asText(value);
  if (schema instanceof z.ZodNumber) return typeof value === 'string' ? asNumber(value.trim()) : value;
  if (schema instanceof z.ZodBoolean) return typeof value === 'string' ? asBoolean(value.trim()) : value;
  if (schema instanceof z.ZodEnum && typeof value === 'string') return asOption(schema, value.trim());
  return value;
}

/**
 * A whole number as its digits: ids come as numbers from some hosts. Others than safe integers have lost digits, and
 * stay.
 */
function asText(value: unknown): unknown {
  if (typeof value === 'string') return value.trim();
  return Number.isSafeInteger(value) && (value as number) >= 0 ? String(value) : value;
}

function asNumber(text: string): unknown {
  const number = Number(text);
  const exact = Number.isSafeInteger(number) || !Number.isInteger(number);
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) && exact ? number : text;
}

function asBoolean(text: string): unknown {
  const word = text.toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : text;
}

function asOption({ options }: z.ZodEnum, text: string): unknown {
  const found = options.filter((option) => String(option).toLowerCase() === text.toLowerCase());
  return found.length === 1 ? found[0] : text;
}

import { maskNumber } from '../../base/mask.ts';

/** Arguments whose value is words, to be spoken or private: only their length is logged. */
const words: ReadonlySet<string> = new Set(['replyWithText', 'idempotencyKey']);

/** Arguments as the audit log keeps them: ids as they are, phone numbers and words masked. */
export const maskArguments = (args: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(args)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, maskValue(name, value)]),
  );

function maskValue(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (words.has(name)) return `[${[...value].length} characters]`;
  return /phonenumber/i.test(name) || value.startsWith('+') ? maskNumber(value) : value;
}

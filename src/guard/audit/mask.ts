import { maskNumber } from '../../shared/mask-number.ts';
import { countModelTexts, isModelText, modelTexts } from '../model-text.ts';

/** Arguments as the audit log keeps them: ids as they are, phone numbers and words masked. */
export const maskArguments = (args: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(args)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, maskValue(name, value)]),
  );

function maskValue(name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (isModelText(name)) return countModelTexts(value);
  return /number/i.test(name) || value.startsWith('+') ? maskNumber(value) : value;
}

/** The text with the model's own words in it replaced by their count. */
export const maskText = (text: string, args: Readonly<Record<string, unknown>>): string =>
  modelTexts(args).reduce((masked, words) => masked.replaceAll(words, countModelTexts(words)), text);

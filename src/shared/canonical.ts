import { createHash } from 'node:crypto';
import { isObject } from './is-object.ts';

/** JSON with sorted members and without undefined ones: equal values give equal text, whatever their order. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, member) =>
    isObject(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

/** SHA-256 of the canonical text, hex. */
export const digest = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex');

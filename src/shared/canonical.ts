import { createHash } from 'node:crypto';

/** JSON with sorted members and without undefined ones: equal values give equal text, whatever their order. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, member) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

/** SHA-256 of the canonical text, hex. */
export const digest = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex');

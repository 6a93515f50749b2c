import { isShowable } from '../../shared/untrusted.ts';

/* Readers of members of JSON, as tolerant as the schemas of tolerant.ts: what cannot be read counts as absent. */

/** A list in which an unreadable element is left out. */
export function readList<T>(value: unknown, read: (item: unknown) => T | undefined): T[] {
  const items: T[] = [];
  if (!Array.isArray(value)) return items;
  for (const item of value) {
    const one = read(item);
    if (one !== undefined) items.push(one);
  }
  return items;
}

/** Ids come as strings or as JSON numbers (platform.md 3.4); we keep strings. */
export const readId = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : Number.isFinite(value) ? String(value) : undefined;

export const readString = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** A text that people are shown; one of which nothing can be shown counts as absent. */
export const readWords = (value: unknown): string | undefined =>
  typeof value === 'string' && isShowable(value) ? value : undefined;

export const readBoolean = (value: unknown): boolean | undefined =>
  typeof value === 'boolean' ? value : undefined;

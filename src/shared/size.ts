/** How large a JSON value is. */
export interface Size {
  /** As JSON in UTF-8, escapes not counted. */
  bytes: number;
  /** Levels of objects and arrays in each other. */
  depth: number;
}

/**
 * Measures a value that was read as JSON, and stops where it is found larger than `limit` bytes. Without recursion,
 * which would run out of stack: what comes from outside may be nested as deep as it is long.
 */
export function sizeOf(value: unknown, limit = Number.POSITIVE_INFINITY): Size {
  const size = { bytes: 0, depth: 0 };
  const waiting: { value: unknown; level: number }[] = [{ value, level: 0 }];
  for (let next = waiting.pop(); next !== undefined && size.bytes <= limit; next = waiting.pop()) {
    size.bytes += ownBytes(next.value);
    if (typeof next.value !== 'object' || next.value === null) continue;
    const level = next.level + 1;
    size.depth = Math.max(size.depth, level);
    const list = Array.isArray(next.value);
    for (const [name, member] of Object.entries(next.value)) {
      if (!list) size.bytes += ownBytes(name) + 1;
      waiting.push({ value: member, level });
    }
  }
  return size;
}

/** With the comma behind it. */
const ownBytes = (value: unknown): number =>
  typeof value === 'string' ? Buffer.byteLength(value) + 3 : typeof value === 'object' ? 3 : 8;

/** At most `limit` characters of a text that somebody else chose the length of; the end says that there was more. */
export const cut = (text: string, limit: number): string =>
  text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;

/** Whether this is the id of an entry of a stream: `MS-COUNT`. */
export const isStreamId = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{1,16}-\d{1,16}$/.test(value);

/** Whether the first of two ids of a stream, which are `MS-COUNT`, is of an earlier entry. */
export function isBefore(one: string, other: string): boolean {
  const [ms = 0, count = 0] = one.split('-').map(Number);
  const [otherMs = 0, otherCount = 0] = other.split('-').map(Number);
  return ms < otherMs || (ms === otherMs && count < otherCount);
}

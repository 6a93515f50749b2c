import { timingSafeEqual } from 'node:crypto';

/** Compares a secret with what was presented as it, in a time that says nothing about where they differ. */
export function isSame(presented: string, expected: string): boolean {
  const [one, other] = [Buffer.from(presented), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

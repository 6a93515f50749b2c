import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares a secret with what was presented as it, in a time that tells neither content nor length. */
export const isSameSecret = (presented: string, expected: string): boolean =>
  timingSafeEqual(sha256(presented), sha256(expected));

const sha256 = (text: string) => createHash('sha256').update(text).digest();

import { createHash } from 'node:crypto';

/** How a token, a state or a person is called in keys: nothing of it can be told from that. */
export const nameOf = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 32);

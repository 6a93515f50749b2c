import { createHash } from 'node:crypto';

/** In bytes. V8 copies compiled code that does not begin at a multiple of 8. */
const digestLength = 32;

const digest = (code: Buffer): Buffer => createHash('sha256').update(code).digest();

/** Compiled code behind a digest of it. */
export const seal = (code: Buffer): Buffer => Buffer.concat([digest(code), code]);

/** What `seal` was given; undefined where a bit is another one: V8 crashes where its code is damaged. */
export function unseal(sealed: Buffer): Buffer | undefined {
  const code = sealed.subarray(digestLength);
  return digest(code).equals(sealed.subarray(0, digestLength)) ? code : undefined;
}

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { TeamKey, TeamKeys } from './team-keys.ts';

/**
 * What a sealed text is bound to: it opens for the same owner, purpose and generation only, so that nobody who can
 * write to the store can hand one person's record to another, or put an ended one back.
 */
export interface SealContext {
  owner: string;
  purpose: string;
  generation: number;
}

/** Why a text was not opened. */
export class SealError extends Error {
  override readonly name = 'SealError';
  readonly why: 'not sealed' | 'unknown key' | 'changed';

  constructor(why: SealError['why']) {
    super(reasons[why]);
    this.why = why;
  }
}

const reasons: Readonly<Record<SealError['why'], string>> = {
  'not sealed': 'The text is not one that was sealed here.',
  'unknown key': 'The text was sealed with a team key that this server does not have.',
  changed: 'The text was changed, or belongs to another owner, purpose or generation.',
};

/** Seals texts for storage. */
export interface Sealer {
  seal(text: string, context: SealContext): string;
  /** @throws SealError */
  open(sealed: string, context: SealContext): string;
  /** Whether `rewrap` would change it: it was sealed with the previous team key. */
  isOutdated(sealed: string): boolean;
  /**
   * The same, under the current team key: what is wrapped anew is the data key, the text stays encrypted.
   * @throws SealError
   */
  rewrap(sealed: string, context: SealContext): string;
}

const version = 'v1';
const algorithm = 'aes-256-gcm';
/** In bytes, as NIST SP 800-38D section 8.2 has it. */
const nonceLength = 12;
const tagLength = 16;
const keyLength = 32;

/**
 * Envelope encryption with AES-256-GCM: each text has a random key of its own, which is wrapped with a key derived from
 * the team key. So no key encrypts more than one text, and a rotation touches wrappings only.
 *
 * The form is `v1.KID.WRAPPED.CIPHERTEXT`; the last two are base64url of nonce, ciphertext and tag.
 */
export function createSealer({ current, previous }: TeamKeys): Sealer {
  const wrappingKey = wrappingKeyOf(current);
  const known = new Map([[current.kid, wrappingKey]]);
  if (previous) known.set(previous.kid, wrappingKeyOf(previous));

  const unwrap = ({ kid, wrapped }: Envelope, context: SealContext): Buffer => {
    const wrappedWith = known.get(kid);
    if (!wrappedWith) throw new SealError('unknown key');
    return decrypt(wrappedWith, wrapped, bindingOf('key', context));
  };
  const wrap = (dataKey: Buffer, context: SealContext): string =>
    encrypt(wrappingKey, dataKey, bindingOf('key', context));

  return {
    seal(text, context) {
      const dataKey = randomBytes(keyLength);
      const ciphertext = encrypt(dataKey, Buffer.from(text), bindingOf('text', context));
      return write({ kid: current.kid, wrapped: wrap(dataKey, context), ciphertext });
    },
    open(sealed, context) {
      const envelope = read(sealed);
      return decrypt(unwrap(envelope, context), envelope.ciphertext, bindingOf('text', context)).toString();
    },
    isOutdated: (sealed) => read(sealed).kid !== current.kid,
    rewrap(sealed, context) {
      const envelope = read(sealed);
      return write({ ...envelope, kid: current.kid, wrapped: wrap(unwrap(envelope, context), context) });
    },
  };
}

interface Envelope {
  kid: string;
  wrapped: string;
  ciphertext: string;
}

const write = ({ kid, wrapped, ciphertext }: Envelope): string =>
  [version, kid, wrapped, ciphertext].join('.');

function read(sealed: string): Envelope {
  const [form, kid, wrapped, ciphertext, ...rest] = sealed.split('.');
  if (form !== version || !kid || !wrapped || !ciphertext || rest.length > 0)
    throw new SealError('not sealed');
  return { kid, wrapped, ciphertext };
}

const wrappingKeyOf = (key: TeamKey): Buffer => key.derive('wraps data keys', keyLength);

/** Additional authenticated data; as JSON, so that no two contexts give the same bytes. */
const bindingOf = (part: 'key' | 'text', { owner, purpose, generation }: SealContext): Buffer =>
  Buffer.from(JSON.stringify([version, part, owner, purpose, generation]));

function encrypt(key: Buffer, plaintext: Buffer, binding: Buffer): string {
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(binding);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString(
    'base64url',
  );
}

function decrypt(key: Buffer, text: string, binding: Buffer): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  // Decoding skips what is not base64url: only the form in which it was written is taken.
  if (bytes.length < nonceLength + tagLength || bytes.toString('base64url') !== text)
    throw new SealError('changed');
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceLength), {
    authTagLength: tagLength,
  });
  decipher.setAAD(binding).setAuthTag(bytes.subarray(-tagLength));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceLength, -tagLength)), decipher.final()]);
  } catch {
    throw new SealError('changed');
  }
}

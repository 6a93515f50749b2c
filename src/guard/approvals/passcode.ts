import { randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, Buffer>(scrypt);
const KEY_BYTES = 32;
const pattern = /^scrypt:([0-9a-f]{32}):([0-9a-f]{64})$/;

/** `scrypt:SALT:KEY` in hex, with Node's default cost: all that the process ever keeps of a passcode. */
export async function hashPasscode(passcode: string): Promise<string> {
  const salt = randomBytes(16);
  return `scrypt:${salt.toString('hex')}:${(await derive(passcode, salt, KEY_BYTES)).toString('hex')}`;
}

export const isPasscodeHash = (text: string): boolean => pattern.test(text);

export async function isPasscode(passcode: string, hash: string): Promise<boolean> {
  const [, salt = '', key = ''] = pattern.exec(hash) ?? [];
  if (!key) return false;
  const derived = await derive(passcode, Buffer.from(salt, 'hex'), KEY_BYTES);
  return timingSafeEqual(derived, Buffer.from(key, 'hex'));
}

const letters = 'abcdefghjkmnpqrstuvwxyz23456789';
const generated = new RegExp(`^([${letters}]{4}-){3}[${letters}]{4}$`);

/** Whether a passcode has the form of those that `generatePasscode` makes. */
export const isGenerated = (passcode: string): boolean => generated.test(passcode);

/** Four groups of four without look-alikes: 79 bits. */
export function generatePasscode(): string {
  const group = () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}

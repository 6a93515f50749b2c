/** A number as somebody wrote it. */
export interface Written {
  /** Its digits, behind `+` where there is one. */
  number: string;
  /** Digits of an extension behind it. */
  extension?: string;
  /** What stands between the two is a star, as behind a main number. */
  star?: true;
}

/** A name, a number and an extension are no longer than this. */
const LONGEST = 128;
/** Digits of one number, with what stands between them on paper. */
const run = /(?:\+[ (]*)?\d(?:[ ()./_'-]*\d)*/;
const word = String.raw`(?:extension|extn|ext|x)\s*[.:=]?\s*`;
/** `+14155550199 ext. 5`, `x5`, `;ext=5`, `,,5#`: at most 8 digits, more are a second number. */
const behind = new RegExp(
  String.raw`^(.*\d\D*?)\s*(?:[,;]*\s*\(?\s*${word}#?|;\s*(?:postd|isub)=|[,;]+|[wp]+|(#|\*))\s*(\d{1,8})\s*#?\s*\)?$`,
  'i',
);
const marked = new RegExp(`^(?:#|${word})+|#$`, 'gi');

/**
 * Reads what is certainly one number: whatever the dashes and digits, in an address (`tel:`, `sip:`), beside a name, with an
 * extension behind it. Undefined for star codes, numbers in letters, and for two of them.
 */
export function readWritten(text: string): Written | undefined {
  const plain = tidy(text);
  if (plain.length > LONGEST) return undefined;
  const [, head, mark, extension] = behind.exec(plain) ?? [];
  const main = head === undefined ? undefined : onlyRun(head);
  if (main !== undefined && extension !== undefined) {
    return { number: main, extension, ...(mark === '*' && { star: true }) };
  }
  const number = onlyRun(plain);
  return number === undefined ? undefined : { number };
}

/** The digits of an extension, however it is marked as one: `#102`, `ext 102`, `sip:102@example.com`. */
export function readExtension(text: string): string | undefined {
  const digits = onlyRun(bare(text).replace(marked, ''));
  return digits !== undefined && /^\d{1,8}$/.test(digits) ? digits : undefined;
}

/** A code under which a call is parked (platform.md 2.3.11): whoever dials it gets that call, and nobody else. */
export const isParkCode = (text: string): boolean => /^\*8(?!00)\d\d$/.test(bare(text));

/** A text without what is no part of what would be dialled: address, quotes, brackets, marks that nobody sees. */
export const bare = (text: string): string =>
  tidy(text)
    .replace(/["'«»‹›„“”‘’`<>()[\]{}]/g, '')
    .trim();

function tidy(text: string): string {
  return decoded(text)
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\p{Nd}/gu, european)
    .replace(/[\p{Pd}\u2212]/gu, '-')
    .replace(/[\u00b7\u2022\u2027\u2219\u30fb]/g, '.')
    .replace(/\s+/g, ' ')
    .replace(/(?<![\p{L}\d])(?:tel|callto|sips?):(?:\/\/)?/giu, '')
    .replace(/@[^\s<>"]*/g, '')
    .replace(/;\s*(?:user|transport)=[^;\s<>"]*/gi, '')
    .trim();
}

/** A digit of any script: in Unicode each has its ten in a row, from zero. */
function european(digit: string): string {
  let value = 0;
  const code = digit.codePointAt(0) ?? 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  return String(value % 10);
}

/** `%2B` in an address. */
const decoded = (text: string): string =>
  text.replace(/%[2-7][\dA-F]/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));

/** The digits, if nothing but words apart from them stands around. */
function onlyRun(text: string): string | undefined {
  const found = run.exec(text);
  if (!found) return undefined;
  const before = text.slice(0, found.index);
  const after = text.slice(found.index + found[0].length);
  if (/[\p{N}+*#]/u.test(before + after) || /\p{L}$/u.test(before) || /^\p{L}/u.test(after)) return undefined;
  return found[0].replace(/[^\d+]/g, '');
}

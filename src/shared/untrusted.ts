const LIMIT = 64;
const OPEN = '«untrusted: ';
const CLOSE = '»';
/** Words with a space between, of characters that cannot do harm: nearly all names and numbers. */
const harmless = /^[\w.,'&()#+@:/!?-]+(?: [\w.,'&()#+@:/!?-]+)*$/;

/**
 * What a caller, a contact or a display name sent, made harmless to show: no invisible, control or bidi characters,
 * none that fence or mark up text, on one line, at most `limit` characters, at most three combining marks in a row.
 * Words survive, and they may lie.
 */
export function clean(text: string, limit = LIMIT): string {
  if (text.length <= limit && harmless.test(text)) return text;
  const visible = text
    .replace(/[\s\p{Z}\u2800]+/gu, ' ')
    .replace(/[\p{C}\p{DI}]/gu, '')
    .normalize('NFC')
    .replace(/[<>[\]{}«»`|\\*←→]/g, ' ')
    .replace(/(\p{M}{3})\p{M}+/gu, '$1')
    .replace(/ {2,}/g, ' ')
    .trim();
  const characters = [...visible];
  if (characters.length <= limit) return visible;
  return `${characters
    .slice(0, limit - 1)
    .join('')
    .trimEnd()}…`;
}

/** Whether cleaning leaves anything of a text to show. Asked of each name and number of an event: nearly all begin plainly. */
export const isShowable = (text: string): boolean =>
  isPlain(text.charCodeAt(0)) || isPlain(text.charCodeAt(1)) || clean(text) !== '';

/** Whether this is an ASCII letter or digit, which cleaning never takes away. */
const isPlain = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);

/** What somebody wrote as a value, for a sentence about it: cleaned in «», or in words where nothing of it can be shown. */
export const quoted = (text: string): string =>
  isShowable(text) ? `«${clean(text)}»` : 'a text without letters or digits';

/**
 * What `clean` leaves, marked for a model: `«untrusted: Alice»`. For every string that somebody outside the account chose and
 * that leaves towards a model; names in the account are only cleaned, so that the mark means something. It cannot
 * close its fence from within, and marking twice marks once.
 */
export function untrusted(text: string, limit = LIMIT): string {
  const inner = text.startsWith(OPEN) && text.endsWith(CLOSE) ? text.slice(OPEN.length, -CLOSE.length) : text;
  return `${OPEN}${clean(inner, limit)}${CLOSE}`;
}

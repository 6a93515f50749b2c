const LIMIT = 64;

/**
 * What a caller, a contact or a display name sent, made harmless to show: no invisible, control or bidi characters,
 * no characters that fence or mark up text, on one line, at most 64 characters, at most three combining marks in a
 * row. Words survive: they may still lie.
 */
export function clean(text: string, limit = LIMIT): string {
  const visible = text
    .normalize('NFC')
    .replace(/[\s\p{Z}\u2800]+/gu, ' ')
    .replace(/[\p{C}\p{DI}]/gu, '')
    .replace(/[<>[\]{}«»`|\\*]/g, ' ')
    .replace(/(\p{M}{3})\p{M}+/gu, '$1')
    .replace(/ {2,}/g, ' ')
    .trim();
  const characters = [...visible];
  return characters.length <= limit
    ? visible
    : `${characters
        .slice(0, limit - 1)
        .join('')
        .trimEnd()}…`;
}

/**
 * The same, marked for a model: `«untrusted: Alice»`. For every string of a caller, a contact or a display name
 * that leaves towards a model. The fence cannot be closed from within, and marking twice marks once.
 */
export function untrusted(text: string, limit = LIMIT): string {
  return text.startsWith(OPEN) && text.endsWith(CLOSE) && clean(unmark(text), limit) === unmark(text)
    ? text
    : `${OPEN}${clean(text, limit)}${CLOSE}`;
}

const OPEN = '«untrusted: ';
const CLOSE = '»';
const unmark = (text: string) => text.slice(OPEN.length, -CLOSE.length);

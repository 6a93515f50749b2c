/** The words of a name or text, in lower case and one form of Unicode: marks belong to the letter before. */
export const wordsOf = (text: string): string[] =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .match(/[\p{L}\p{M}\p{N}']+/gu) ?? [];

/**
 * Whether each of these words is a word of the name.
 * @param inFull false: it is enough that it begins one, which finds people for those who look, and for no act
 */
export function isNamed(name: string | undefined, words: readonly string[], inFull: boolean): boolean {
  const parts = wordsOf(name ?? '');
  return words.every((word) => parts.some((part) => (inFull ? part === word : part.startsWith(word))));
}

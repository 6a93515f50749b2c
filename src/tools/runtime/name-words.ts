/** The words of a name or text, in lower case. */
export const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];

/** Whether each of these words begins a word of the name. */
export function isNamed(name: string | undefined, words: readonly string[]): boolean {
  const parts = wordsOf(name ?? '');
  return words.every((word) => parts.some((part) => part.startsWith(word)));
}

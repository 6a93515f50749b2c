import type { AccountNumber } from '../platform.ts';
import type { DirectoryEntry, Extension } from '../wire/lookups.ts';

export const nameOf = ({ name, firstName, lastName }: DirectoryEntry): string | undefined =>
  name ?? ([firstName, lastName].filter(Boolean).join(' ') || undefined);

export const toExtension = (entry: DirectoryEntry): Extension => ({
  id: entry.id,
  extensionNumber: entry.extensionNumber,
  name: nameOf(entry),
  type: entry.type,
  status: entry.status,
});

/** Whether `search` is part of the entry's name, its extension number, or among the digits of a direct number. */
export function matches(entry: DirectoryEntry, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  if (wanted === '' || nameOf(entry)?.toLowerCase().includes(wanted)) return true;
  const digits = wanted.replace(/[\s().+-]/g, '');
  if (!/^\d+$/.test(digits)) return false;
  const numbers = (entry.phoneNumbers ?? []).map(({ phoneNumber }) => phoneNumber);
  return (
    entry.extensionNumber === digits || (digits.length > 5 && numbers.some((one) => one.includes(digits)))
  );
}

/** The main number, and the direct numbers with the extensions that they belong to. */
export function numbersOf(main: string | undefined, entries: readonly DirectoryEntry[]): AccountNumber[] {
  const numbers = new Map<string, AccountNumber>();
  if (main) numbers.set(main, { phoneNumber: main });
  for (const { id, phoneNumbers = [] } of entries) {
    for (const { phoneNumber } of phoneNumbers) {
      // The directory lists the main number under extensions that it reaches.
      if (phoneNumber !== main) numbers.set(phoneNumber, { phoneNumber, extensionId: id });
    }
  }
  return [...numbers.values()];
}

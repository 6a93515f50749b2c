import type { Choice, Choices } from '../../presentation/next-step-offers.ts';
import type { Extension } from '../../ringcentral/wire/lookups.ts';
import { clean } from '../../shared/untrusted.ts';
import type { ToolContext } from './context.ts';

/** The parameters that an extension of a type can be given as, and what is given there. */
const givenAs: Readonly<Record<string, Readonly<Record<string, 'extensionNumber' | 'id'>>>> = {
  User: {
    extensionNumber: 'extensionNumber',
    toExtensionNumber: 'extensionNumber',
    colleague: 'extensionNumber',
  },
  Department: { extensionNumber: 'extensionNumber', toExtensionNumber: 'extensionNumber' },
  ParkLocation: { parkOrbit: 'id' },
};

/** What calls can be sent to, or colleagues asked by, among these extensions: never your own. */
export async function extensionChoices(
  extensions: readonly Extension[],
  { line: { directory } }: Pick<ToolContext, 'line'>,
): Promise<Choices> {
  const self = await directory.identity();
  const others = extensions.filter(({ id }) => id !== self.extensionId);
  return { from: 'find_extensions', found: others.flatMap(asChoice) };
}

function asChoice(extension: Extension): Choice[] {
  const { name = extension.extensionNumber, type = '' } = extension;
  const values = Object.entries(givenAs[type] ?? {}).flatMap(([parameter, member]) => {
    const value = extension[member];
    return value === undefined ? [] : [[parameter, value] as const];
  });
  return name === undefined || values.length === 0
    ? []
    : [{ name: clean(name), values: Object.fromEntries(values) }];
}

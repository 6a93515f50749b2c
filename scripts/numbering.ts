// `npm run numbering`: writes the numbering data that the guard judges by. A test fails when it is out of date.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beginnings } from './lib/language.ts';

/** A description of some of a country's numbers; its pattern has the place 2 (phonemetadata.proto). */
type Description = readonly unknown[] | null | undefined;
type Metadata = Readonly<Record<string, readonly Description[]>>;
interface Package {
  metadata: { countryCodeToRegionCodeMap: Record<string, string[]>; countryToMetadata: Metadata };
  shortnumbermetadata: { countryToMetadata: Metadata };
}

const require = createRequire(import.meta.url);
const { metadata, shortnumbermetadata } = require('google-libphonenumber') as Package;
const { version } = require('google-libphonenumber/package.json') as { version: string };

/** Places of the kinds of numbers in a country's metadata (phonemetadata.proto). */
const EMERGENCY = 27;
const PREMIUM = 5;
/** Fixed, mobile, toll-free, shared cost, personal, VoIP, pager, UAN, voicemail. */
const OTHERS = [2, 3, 4, 6, 7, 8, 21, 25, 28];
/** The longest emergency number, and as far as a premium range is told from its neighbours. */
const LONGEST = 6;
const DEPTH = 4;

const patternOf = (description: Description): string | undefined => {
  const pattern = description?.[2];
  return typeof pattern === 'string' && pattern !== 'NA' ? pattern : undefined;
};

const prefixesOf = (number: string): string[] => [2, 3, DEPTH].map((length) => number.slice(0, length));

/** Every emergency number of a country: `110 112`. */
function emergencyNumbers(): Record<string, string> {
  const countries = Object.entries(shortnumbermetadata.countryToMetadata).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return Object.fromEntries(
    countries.flatMap(([country, descriptions]) => {
      const pattern = patternOf(descriptions[EMERGENCY]);
      return pattern ? [[country, beginnings(pattern, LONGEST).join(' ')]] : [];
    }),
  );
}

/** By calling code, the shortest prefixes under which there are premium numbers and none of another kind. */
function premiumPrefixes(): Record<string, string> {
  const codes = Object.entries(metadata.countryCodeToRegionCodeMap);
  return Object.fromEntries(
    codes.flatMap(([code, regions]) => {
      // The networks of no country are under their calling code.
      const plans = regions.map(
        (region) => metadata.countryToMetadata[region === '001' ? code : region] ?? [],
      );
      if (!plans.some((plan) => patternOf(plan[PREMIUM]))) return [];
      const of = (places: readonly number[]) =>
        plans.flatMap((plan) =>
          places.flatMap((place) => {
            const pattern = patternOf(plan[place]);
            return pattern ? beginnings(pattern, DEPTH) : [];
          }),
        );
      const others = new Set(of(OTHERS).flatMap(prefixesOf));
      const shortest = of([PREMIUM]).flatMap((number) => {
        return prefixesOf(number).find((prefix) => !others.has(prefix)) ?? [];
      });
      const prefixes = [...new Set(shortest)].sort();
      return prefixes.length > 0 ? [[code, prefixes.join(' ')]] : [];
    }),
  );
}

const callingCodes = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata.countryCodeToRegionCodeMap).map(([code, regions]) => [code, regions.join(' ')]),
  );

const table = (name: string, words: string, entries: Record<string, string>): string =>
  [
    `/** ${words} */`,
    `export const ${name}: Readonly<Record<string, string>> = {`,
    ...Object.entries(entries).map(([key, value]) => `  ${key}: '${value}',`),
    '};',
  ].join('\n');

/** The generated files, by name. */
export const numberingData = (): Record<string, string> => ({
  'emergency-data.ts': file(
    table('emergencyNumbers', 'Emergency numbers by country (ISO 3166).', emergencyNumbers()),
  ),
  'ranges-data.ts': file(
    table('callingCodes', 'Countries by calling code; `001`: a network of none.', callingCodes()),
    table(
      'premiumPrefixes',
      'By calling code, prefixes of national numbers under which there are premium numbers and no others.',
      premiumPrefixes(),
    ),
  ),
});

const file = (...tables: string[]): string =>
  `${[`// Written by \`npm run numbering\` from google-libphonenumber ${version}; not to be edited.`, ...tables].join('\n\n')}\n`;

if (process.argv[1] === import.meta.filename) {
  for (const [name, text] of Object.entries(numberingData()))
    writeFileSync(`src/guard/assessment/numbers/${name}`, text);
}

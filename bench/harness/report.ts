import type { Machine } from './machine.ts';
import type { Summary } from './statistics.ts';
import type { Overview, Table } from './table.ts';

/** One run of the bench. */
export interface Report {
  /** ISO 8601. */
  date: string;
  machine: Machine;
  /** Load of the last minute before the run: what others did on the machine. */
  loadBefore: number;
  quick: boolean;
  subjects: Measured[];
}

/** What a subject gave. */
export interface Measured {
  name: string;
  about: string;
  tables: (Table | Overview)[];
}

/** As GitHub shows it. */
export function markdown({ date, machine, loadBefore, quick, subjects }: Report): string {
  const { cpu, cores, memoryGiB, system, versions } = machine;
  const shared = loadBefore > cores / 4 ? ': the machine had other things to do' : '';
  return [
    `# Figures of ${date.slice(0, 10)}${quick ? ', a quick run' : ''}`,
    '',
    `- ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}`,
    `- ${Object.entries(versions)
      .map((entry) => entry.join(' '))
      .join(', ')}`,
    `- Load before the run ${loadBefore.toFixed(1)}${shared}`,
    '- Median and, in brackets, the middle half of the samples. Contenders took turns; ratios are of the same round.',
    ...subjects.flatMap(({ name, about, tables }) => [
      '',
      `## ${name}`,
      '',
      about,
      ...tables.flatMap(tableLines),
    ]),
    '',
  ].join('\n');
}

/** The lines of one table, an empty one before. */
export function tableLines(table: Table | Overview): string[] {
  return 'header' in table ? overviewLines(table) : measureLines(table);
}

function overviewLines({ title, header, lines }: Overview): string[] {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return ['', `### ${title}`, '', row(header), row(header.map(() => '---')), ...lines.map(row)];
}

function measureLines({ title, reference, rows }: Table): string[] {
  const divided = reference === undefined ? '' : ` ÷ ${reference} |`;
  return [
    '',
    `### ${title}`,
    '',
    `| | measure | median |${divided}`,
    `|---|---|---|${divided && '---|'}`,
    ...rows.flatMap(({ name, values, ratios }) =>
      Object.entries(values).map(([measure, value]) => {
        const ratio = ratios[measure];
        return `| ${name} | ${measure} | ${cell(value)} |${divided && ` ${ratio && Number.isFinite(ratio.median) ? cell(ratio) : ''} |`}`;
      }),
    ),
  ];
}

/** Fewer samples have no percentile 99. */
const manySamples = 100;

/** Median and middle half, and what one in a hundred exceeds where there are many samples. */
export function cell({ median, lowerQuartile, upperQuartile, p99, samples }: Summary): string {
  if (samples === 1 || lowerQuartile === upperQuartile) return figure(median);
  const tail = samples < manySamples ? '' : `; p99 ${figure(p99)}`;
  return `${figure(median)} (${figure(lowerQuartile)} to ${figure(upperQuartile)}${tail})`;
}

/** Three digits that count; whole numbers as they are. */
export const figure = (value: number): string =>
  Number.isInteger(value) || Math.abs(value) >= 1_000
    ? Math.round(value).toLocaleString('en')
    : value.toLocaleString('en', { maximumSignificantDigits: 3 });

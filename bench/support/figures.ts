import { cell, figure as digits, type Measured } from '../harness/report.ts';
import type { Summary } from '../harness/statistics.ts';
import type { Overview } from '../harness/table.ts';
import { bridges } from './peers.ts';

const sdk = 'plain SDK server';
const library = 'official library';

/** Where a figure is among what the subjects gave. */
interface Source {
  subject: string;
  /** How the titles of its tables begin. */
  table?: string;
  measure: string;
  /** The ratio to the reference of the table, instead of the value. */
  ratio?: true;
}

interface Figure {
  what: string;
  from: Source;
  /** Rows of the table: the least that one would compare with, what people would use instead, and ours. */
  reference?: string;
  instead?: readonly string[];
  ours?: string;
  aim?: { atMost: number } | { atLeast: number };
}

const start = { subject: 'start', measure: 'start, ms', ratio: true } as const;
const ofCalls = (measure: string) => ({ subject: 'calls', measure, ratio: true }) as const;
const wrappers = { reference: sdk, instead: bridges };
const events = (live: string) =>
  ({
    what: `events ÷ \`JSON.parse\`, ${live} live`,
    from: { subject: 'events', table: `${live} live calls`, measure: 'events/s', ratio: true },
    reference: 'plain reducer',
    instead: [library],
  }) as const;

const figures: readonly Figure[] = [
  { what: 'cold start ÷ `node -e 0`', from: start, ...wrappers, aim: { atMost: 3.8 } },
  {
    what: 'cold start ÷ `node -e 0`, for the first time',
    from: start,
    ...wrappers,
    ours: 'ours, first start',
    aim: { atMost: 5.5 },
  },
  { what: 'read of a live call ÷ plain fetch', from: ofCalls('read, ms'), ...wrappers, aim: { atMost: 0.6 } },
  {
    what: 'hold, p50, less what its look costs, ÷ plain fetch',
    from: ofCalls('hold without the look, ms'),
    ...wrappers,
    aim: { atMost: 1.5 },
  },
  {
    what: '16 holds at once, holds a second ÷ plain fetch, looks included',
    from: ofCalls('holds/s, 16 at once'),
    ...wrappers,
    aim: { atLeast: 0.75 },
  },
  {
    what: 'processor time of a hold, look included, ms',
    from: { subject: 'calls', measure: 'processor time per hold, ms' },
    ...wrappers,
    aim: { atMost: 0.65 },
  },
  {
    what: 'processor time of a hold, look included, ÷ plain fetch',
    from: ofCalls('processor time per hold, ms'),
    ...wrappers,
  },
  {
    what: 'resident, idle, MiB',
    from: { subject: 'calls', measure: 'idle, MiB' },
    ...wrappers,
    aim: { atMost: 63 },
  },
  {
    what: 'resident, after the calls, MiB',
    from: { subject: 'calls', measure: 'after the calls, MiB' },
    ...wrappers,
    aim: { atMost: 95 },
  },
  {
    what: 'HTTP, modern era, calls a second ÷ bare SDK server',
    from: { subject: 'http', measure: 'calls/s', ratio: true },
    aim: { atLeast: 0.8 },
  },
  {
    what: 'idle session of 2025 with a listener, MiB',
    from: { subject: 'http', measure: 'per session, MiB' },
    aim: { atMost: 0.2 },
  },
  { ...events('1,000'), aim: { atLeast: 0.6 } },
  { ...events('10,000'), aim: { atLeast: 0.55 } },
];

/** The row of that name in the table that has the measure; undefined where it was not measured. */
function find(measured: readonly Measured[], { subject, table = '', measure, ratio }: Source, row: string) {
  const tables = measured.find(({ name }) => name === subject)?.tables ?? [];
  for (const candidate of tables) {
    if ('header' in candidate || !candidate.title.startsWith(table)) continue;
    const found = candidate.rows.find(({ name }) => name === row);
    const summary = (ratio ? found?.ratios : found?.values)?.[measure];
    if (summary) return summary;
  }
  return undefined;
}

/** `met`, `missed`, or nothing where there is no aim. */
function verdict(aim: Figure['aim'], ours: Summary | undefined): string {
  if (!aim) return '';
  if (!ours) return 'not measured';
  return ('atMost' in aim ? ours.median <= aim.atMost : ours.median >= aim.atLeast) ? 'met' : '**missed**';
}

/** All figures in one table, with what was aimed at and whether that is met. */
export function overview(measured: readonly Measured[]): Overview {
  const lines = figures.map(({ what, from, reference, instead = [], ours = 'ours', aim }) => {
    const median = (row: string) => {
      const found = find(measured, from, row);
      return found ? digits(found.median) : '–';
    };
    const own = find(measured, from, ours);
    return [
      what,
      reference === undefined ? '' : median(reference),
      instead.map(median).join(' / '),
      own ? cell(own) : '–',
      aim ? ('atMost' in aim ? `≤ ${aim.atMost}` : `≥ ${aim.atLeast}`) : '',
      verdict(aim, own),
    ];
  });
  return {
    title: 'What people would use instead, and ours',
    header: ['figure', 'reference', 'instead', 'ours', 'aim', ''],
    lines,
  };
}

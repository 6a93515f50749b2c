import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Subject } from './harness/subject.ts';
import { type Table, tabulate } from './harness/table.ts';
import { drawChart } from './support/chart.ts';
import { chartsOf } from './support/scale.ts';
import { scaleCalls } from './support/scale-calls.ts';
import { scaleClients } from './support/scale-clients.ts';
import { scaleLines } from './support/scale-lines.ts';

const scales = { calls: scaleCalls, clients: scaleClients, lines: scaleLines };
type Name = keyof typeof scales;

export const subject: Subject = {
  about:
    'What more of it costs: live calls of an account, HTTP clients of five principals, people with a line and a call of ' +
    'their own. Behind `--`: --only calls|clients|lines, as often as wanted, and --charts FOLDER to have the charts drawn there.',
  async run({ quick, args }) {
    const { values } = parseArgs({
      args,
      options: { only: { type: 'string', multiple: true }, charts: { type: 'string' } },
    });
    const tables: Table[] = [];
    for (const name of (values.only ?? Object.keys(scales)) as Name[]) {
      const scale = await scales[name](quick);
      const rows = new Map(
        [...scale.samples].map(([size, sample]) => [`${size.toLocaleString('en')} ${scale.unit}`, [sample]]),
      );
      tables.push(tabulate(`More ${scale.unit}`, rows));
      if (values.charts === undefined) continue;
      mkdirSync(values.charts, { recursive: true });
      for (const [file, chart] of chartsOf(scale)) writeFileSync(join(values.charts, file), drawChart(chart));
    }
    return tables;
  },
};

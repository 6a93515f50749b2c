import { parseArgs } from 'node:util';
import { measure } from './harness/measure.ts';
import type { Measured } from './harness/report.ts';
import type { Subject } from './harness/subject.ts';
import { overview } from './support/figures.ts';
import { bridges } from './support/peers.ts';

export const subject: Subject = {
  about:
    'The figures that have an aim, and below what they are from. Reference: the SDK alone, and for events a reducer that ' +
    `keeps parties in maps. Instead: the bridges ${bridges.join(' / ')}, and for events RingCentral's own library. Ours ` +
    'starts as for somebody who has started it before, unless the line says otherwise. Behind `--`: --only SUBJECT, as ' +
    'often as wanted.',
  async run({ quick, args }) {
    const { values } = parseArgs({ args, options: { only: { type: 'string', multiple: true } } });
    const measured: Measured[] = [];
    for (const name of values.only ?? ['start', 'calls', 'http', 'events']) {
      const one = await measure(name, { quick, args: [] });
      if (one) measured.push(one);
    }
    return [overview(measured), ...measured.flatMap(({ tables }) => tables)];
  },
};

// npm run bench [-- [--help] [--quick] [--save NAME] [subject …] [-- what the subject takes]]
// Measures the subjects that are named, or all that do not take minutes, one after the other; prints Markdown, and
// with --save writes bench/results/NAME.md and .json. Exit code 1 if a subject failed; figures fail nothing.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { load, machine } from './harness/machine.ts';
import { measure } from './harness/measure.ts';
import { markdown, type Report } from './harness/report.ts';
import type { Options } from './harness/subject.ts';

/** These take minutes: only when they are named. */
const long = ['lines', 'load', 'outage', 'replicas', 'sandbox', 'scale', 'soak', 'table'];

const given = process.argv.slice(2);
const end = given.includes('--') ? given.indexOf('--') : given.length;
const { values, positionals } = parseArgs({
  args: given.slice(0, end),
  options: {
    quick: { type: 'boolean', default: false },
    save: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const options: Options = { quick: values.quick, args: given.slice(end + 1) };

const all = readdirSync('bench')
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => basename(file, '.ts'));
const unknown = positionals.filter((name) => !all.includes(name));
if (values.help) {
  console.log(`npm run bench -- [--quick] [--save NAME] [SUBJECT …]; subjects are ${all.join(', ')}.`);
  process.exit();
}
if (unknown.length > 0) {
  console.error(`No subject ${unknown.join(', ')}; there are ${all.join(', ')}.`);
  process.exit(2);
}

const report: Report = {
  date: new Date().toISOString(),
  machine: machine(),
  loadBefore: load(),
  quick: options.quick,
  subjects: [],
};
for (const name of positionals.length > 0 ? positionals : all.filter((name) => !long.includes(name))) {
  const measured = await measure(name, options);
  if (measured) report.subjects.push(measured);
}
const text = markdown(report);
console.log(text);
if (values.save !== undefined) {
  mkdirSync('bench/results', { recursive: true });
  writeFileSync(`bench/results/${values.save}.md`, text);
  writeFileSync(`bench/results/${values.save}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
}

// npm run bench [-- [--quick] [--save NAME] [subject …] [-- what the subject takes]]
// Measures the subjects that are named, or all that do not take minutes, one after the other; prints Markdown, and
// with --save writes bench/results/NAME.md and .json. Exit code 1 if a subject failed; figures fail nothing.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { load, machine } from './harness/machine.ts';
import { markdown, type Report } from './harness/report.ts';
import type { Options } from './harness/subject.ts';

/** These take minutes: only when they are named. */
const long = ['lines', 'load', 'outage', 'replicas', 'sandbox', 'soak'];

const given = process.argv.slice(2);
const end = given.includes('--') ? given.indexOf('--') : given.length;
const { values, positionals } = parseArgs({
  args: given.slice(0, end),
  options: { quick: { type: 'boolean', default: false }, save: { type: 'string' } },
  allowPositionals: true,
});
const options: Options = { quick: values.quick, args: given.slice(end + 1) };

const all = readdirSync('bench')
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => basename(file, '.ts'));
const unknown = positionals.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`No subject ${unknown.join(', ')}; there are ${all.join(', ')}.`);
  process.exit(2);
}

/** In a process of its own: no subject pays for the heap or the compiled code of another. */
async function measure(name: string): Promise<Report['subjects'][number] | undefined> {
  const begun = performance.now();
  const child = fork('bench/harness/process.ts', [name, JSON.stringify(options)], {
    execArgv: ['--expose-gc', '--conditions=sandbox-source', '--import', 'tsx'],
  });
  let measured: Omit<Report['subjects'][number], 'name'> | undefined;
  child.once('message', (message) => {
    measured = message as typeof measured;
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exitCode = 1;
  console.error(`── ${name}: ${Math.round((performance.now() - begun) / 1_000)} s`);
  return measured && { name, ...measured };
}

const report: Report = {
  date: new Date().toISOString(),
  machine: machine(),
  loadBefore: load(),
  quick: options.quick,
  subjects: [],
};
for (const name of positionals.length > 0 ? positionals : all.filter((name) => !long.includes(name))) {
  const measured = await measure(name);
  if (measured) report.subjects.push(measured);
}
const text = markdown(report);
console.log(text);
if (values.save !== undefined) {
  mkdirSync('bench/results', { recursive: true });
  writeFileSync(`bench/results/${values.save}.md`, text);
  writeFileSync(`bench/results/${values.save}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
}

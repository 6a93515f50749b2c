import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Measured } from './report.ts';
import type { Options } from './subject.ts';

/**
 * Measures one subject in a process of its own, so that none pays for the heap or the compiled code of another.
 * @returns undefined where it failed, or failed in part, which sets the exit code of this process
 */
export async function measure(name: string, options: Options): Promise<Measured | undefined> {
  const begun = performance.now();
  const child = fork('bench/harness/process.ts', [name, JSON.stringify(options)], {
    execArgv: ['--expose-gc', '--conditions=sandbox-source', '--import', 'tsx'],
  });
  let measured: Omit<Measured, 'name'> | undefined;
  child.once('message', (message) => {
    measured = message as typeof measured;
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) process.exitCode = 1;
  console.error(`── ${name}: ${Math.round((performance.now() - begun) / 1_000)} s`);
  return measured && { name, ...measured };
}

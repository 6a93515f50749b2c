import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { quietEnvironment } from './process.ts';

/** A script for a newcomer, such as `scripts/start.js`, as far as its guide: what it has said until `Ctrl-C …`. */
export function startScript(
  args: readonly string[],
  env: Record<string, string> = {},
): { child: ChildProcess; said: Promise<string> } {
  const child = spawn(process.execPath, args, {
    env: { ...quietEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const whole = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      text += `${line}\n`;
      if (line.startsWith('Ctrl-C')) resolve(text);
    });
  });
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`exit ${code}: ${complaint}`)));
  ended.catch(() => {});
  return { child, said: Promise.race([whole, ended]) };
}

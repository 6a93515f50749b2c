import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { measuredEnvironment } from './environment.ts';

/** A running program, and the line of JSON that it began with. */
export interface Started {
  child: ChildProcess;
  line: Record<string, string>;
}

/** Starts a program for Node and waits for the line of JSON, on stdout or stderr, that has `member`. */
export async function start(
  args: string[],
  member: string,
  env: Record<string, string> = {},
): Promise<Started> {
  const child = spawn(process.execPath, args, {
    env: measuredEnvironment(env),
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  });
  const line = await new Promise<Record<string, string>>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${args.join(' ')} exited with ${code}`)));
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (text) => {
        const entry = text.startsWith('{') ? JSON.parse(text) : {};
        if (entry[member]) resolve(entry);
      });
    }
  });
  return { child, line };
}

/** Ends it as the system does, unless it has ended; answers its exit code. */
export async function stop({ child }: Started) {
  child.removeAllListeners('exit');
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = await exit;
  return code as number | null;
}

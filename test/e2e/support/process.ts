import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const binary = 'dist/cli.js';

/** A spawned command of ours, with what it wrote. */
export interface Running {
  child: ChildProcess;
  /** Log lines so far, parsed where they are JSON. */
  logs: Record<string, unknown>[];
  /** Resolves with the first log line whose `msg` is this. */
  logged(msg: string): Promise<Record<string, unknown>>;
  stderr(): string;
  /** Sends SIGTERM and answers the exit code. */
  stop(): Promise<number | null>;
}

export interface SandboxAddress {
  serverUrl: string;
  clientId: string;
  clientSecret: string;
  jwt: string;
  controlUrl: string;
}

export const quietEnvironment = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RC_'))) as Record<
    string,
    string
  >;

/** The environment of a server that is asked for no calls: its credentials are nobody's. */
export const callsUnaskedEnvironment = (): Record<string, string> => ({
  ...quietEnvironment(),
  RC_SERVER_URL: 'http://127.0.0.1:9',
  RC_APP_CLIENT_ID: 'id',
  RC_APP_CLIENT_SECRET: 'secret',
  RC_USER_JWT: 'three.parts.long',
});

/** The environment in which a server of ours finds this RingCentral. */
export const environmentOf = (address: SandboxAddress): Record<string, string> => ({
  ...quietEnvironment(),
  RC_SERVER_URL: address.serverUrl,
  RC_APP_CLIENT_ID: address.clientId,
  RC_APP_CLIENT_SECRET: address.clientSecret,
  RC_USER_JWT: address.jwt,
  RC_MCP_PHONE: "Alice's desk phone",
});

/** The same for a server whose agents may listen in. */
export const listeningEnvironmentOf = (address: SandboxAddress): Record<string, string> => ({
  ...environmentOf(address),
  RC_MCP_POLICY: 'test/e2e/support/notified.yaml',
});

/**
 * @param options `detached`: in a session of its own, without the terminal that the tests may have; `bundle`: a copy of
 * the build
 */
export function run(
  args: string[],
  env: Record<string, string> = quietEnvironment(),
  { bundle = 'dist', ...options }: { detached?: boolean; bundle?: string } = {},
): Running {
  const child = spawn(process.execPath, [`${bundle}/cli.js`, ...args], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...options,
  });
  const logs: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  let stderr = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    stderr += `${line}\n`;
    if (line.startsWith('{')) logs.push(JSON.parse(line));
    for (const look of waiting) look();
  });
  return {
    child,
    logs,
    stderr: () => stderr,
    logged: (msg) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = logs.find((entry) => entry.msg === msg);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        child.once('exit', (code) => reject(new Error(`exited with ${code} before "${msg}": ${stderr}`)));
        look();
      }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await exit;
      return code as number | null;
    },
  };
}

/** Runs a command to its end. */
export async function outcome(args: string[], env: Record<string, string> = quietEnvironment()) {
  const command = run(args, env);
  let stdout = '';
  command.child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  command.child.stdin?.end();
  const [code] = await once(command.child, 'close');
  return { code: code as number | null, stdout, stderr: command.stderr() };
}

/**
 * Flags of a sandbox that refuses no request for its number. The platform's limits are on without; so say why not.
 */
export const withoutLimits = (_why: string): string[] => ['--rate-limits', 'off'];

/** The `sandbox` command as its own process. */
export async function startSandboxProcess(...args: string[]): Promise<Running & { address: SandboxAddress }> {
  const running = run(['sandbox', ...args], { ...quietEnvironment(), SANDBOX_ENDS_WITH_PARENT: '1' });
  const { stdout } = running.child;
  if (!stdout) throw new Error('no stdout');
  const [line] = await Promise.race([
    once(createInterface({ input: stdout }), 'line'),
    once(running.child, 'exit').then(() => Promise.reject(new Error(`no sandbox: ${running.stderr()}`))),
  ]);
  return { ...running, address: JSON.parse(String(line)) };
}

import { rmSync } from 'node:fs';
import { Control } from '../test/e2e/support/control.ts';
import { type Running, type SandboxAddress, startSandboxProcess } from '../test/e2e/support/process.ts';

/** Between the seeds of two starts: a call that there was must not come back under its id. */
const seedStep = 1_000_000;

export interface PlatformOptions {
  seed: number;
  /** Of the `sandbox` command, but for what is here. */
  flags: readonly string[];
  /** Where it keeps its credentials. */
  credentialsFile: string;
}

/** The sandbox in a process of its own, which keeps its address and its credentials over restarts, and nothing else. */
export class ChaosPlatform {
  readonly control: Control;
  readonly address: SandboxAddress;
  readonly #options: PlatformOptions;
  #running: Running;
  #starts = 1;

  private constructor(options: PlatformOptions, running: Running & { address: SandboxAddress }) {
    this.#options = options;
    this.#running = running;
    this.address = running.address;
    this.control = new Control(running.address.controlUrl);
  }

  static async start(options: PlatformOptions): Promise<ChaosPlatform> {
    const platform = new ChaosPlatform(options, await startSandboxProcess(...flagsOf(options, 0)));
    await platform.#prepare();
    return platform;
  }

  get port(): number {
    return Number(new URL(this.address.serverUrl).port);
  }

  freeze(): void {
    this.#running.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#running.child.kill('SIGCONT');
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const { child } = this.#running;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  async restart(): Promise<void> {
    const flags = flagsOf(this.#options, this.#starts);
    this.#running = await startSandboxProcess(...flags, '--port', String(this.port));
    this.#starts += 1;
    await this.#prepare();
  }

  async stop(): Promise<void> {
    this.thaw();
    await this.#running.stop();
    rmSync(this.#options.credentialsFile, { force: true });
  }

  async #prepare(): Promise<void> {
    await this.control.patch('/account', { ringSeconds: 15 });
  }
}

const flagsOf = ({ seed, flags, credentialsFile }: PlatformOptions, starts: number): string[] => [
  ...['--seed', String(seed + starts * seedStep)],
  ...['--credentials', credentialsFile],
  ...flags,
];

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binary, callsUnaskedEnvironment, startSandboxProcess } from '../test/e2e/support/process.ts';
import { compare } from './harness/compare.ts';
import type { Subject } from './harness/subject.ts';
import { bundle } from './support/bundle.ts';
import { measuredEnvironment } from './support/environment.ts';
import { preparePeers } from './support/peers.ts';
import { startedBefore } from './support/started-before.ts';
import { StdioServer } from './support/stdio-server.ts';
import { stubTools } from './support/stub-tools.ts';

const nothing = 'node -e 0';

async function startOf(args: string[], env: Record<string, string> = {}) {
  const begun = performance.now();
  const server = new StdioServer(args, env);
  await server.open();
  const sample = { 'start, ms': performance.now() - begun, 'resident, MiB': server.rss() };
  await server.close();
  return sample;
}

async function startOfNothing() {
  const begun = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { env: measuredEnvironment(), stdio: 'ignore' }), 'exit');
  return { 'start, ms': performance.now() - begun };
}

const cacheFolder = () => mkdtempSync(join(tmpdir(), 'bench-'));

const environmentIn = (cache: string) => ({ ...callsUnaskedEnvironment(), XDG_CACHE_HOME: cache });

const startIn = (cache: string, build: string) => startOf([build, 'serve'], environmentIn(cache));

/** A start by somebody who has had this build running before. */
async function startAgain(cache: string, build: string) {
  await startedBefore(build, environmentIn(cache));
  return () => startIn(cache, build);
}

/** A start by somebody who never did. */
async function startAtFirst() {
  const cache = cacheFolder();
  try {
    return await startIn(cache, binary);
  } finally {
    rmSync(cache, { recursive: true });
  }
}

export const subject: Subject = {
  about:
    'From spawning a server on stdio until it has listed its tools, beside a Node that does nothing. The plain server is ' +
    `the MCP SDK v2 with ${stubTools} stub tools in one file. The bridges make tools of the OpenAPI document of the sandbox. ` +
    'Behind `--`: another dist/cli.js, which takes turns with this one.',
  async run({ quick, args: [other] }) {
    const sandbox = await startSandboxProcess();
    const { peers, remove } = await preparePeers(sandbox.address, 'bench');
    await sandbox.stop();
    const plain = await bundle('sdk-server');
    const cache = cacheFolder();
    try {
      const contenders = {
        [nothing]: startOfNothing,
        'plain SDK server': () => startOf([plain.file]),
        ...Object.fromEntries(peers.map(({ name, args, env }) => [name, () => startOf(args, env)])),
        'ours, first start': startAtFirst,
        ours: await startAgain(cache, binary),
        ...(other !== undefined && { 'the other build': await startAgain(cache, other) }),
      };
      return [await compare({ title: 'Cold start', reference: nothing, rounds: quick ? 3 : 21, contenders })];
    } finally {
      rmSync(cache, { recursive: true });
      plain.remove();
      remove();
    }
  },
};

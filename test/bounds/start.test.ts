import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { callsUnaskedEnvironment, type Running, run } from '../e2e/support/process.ts';
import { Wire } from '../e2e/support/wire.ts';

/**
 * A host waits for this at each of its windows. Whoever needs more raises it here, and says why in the commit. Our
 * own modules have room to be split; they are one piece in the bundle.
 */
const most = {
  start: { bytes: 290_000, packageModules: 40, ownModules: 60 },
  /** With the first message that a start has no answer for. */
  firstUse: { bytes: 1_500_000, packageModules: 85, ownModules: 380 },
};

interface Metafile {
  outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>;
}

/** Starts `serve` on stdio until its tools are listed, and then what is given. Answers the files of dist/ that it loaded. */
const loadedByStart = (then?: (wire: Wire) => Promise<void>) =>
  loadedBy(['serve'], async (running) => {
    const wire = new Wire(running);
    await wire.initialize();
    const { result } = await wire.ask({ jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} });
    expect(result?.tools).not.toHaveLength(0);
    await then?.(wire);
  });

/** The files of dist/ that a server has loaded until `use` resolves, as paths from here. */
async function loadedBy(args: string[], use: (running: Running) => Promise<void>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'start-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const env = {
    ...callsUnaskedEnvironment(),
    // V8 writes down, at the exit, every script that it has compiled.
    NODE_V8_COVERAGE: folder,
  };
  const running = run(args, env);
  await use(running);
  expect(await running.stop()).toBe(0);
  const [file = ''] = readdirSync(folder);
  const { result: scripts } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const root = pathToFileURL('dist/').href;
  return scripts
    .filter(({ url }: { url: string }) => url.startsWith(root))
    .map(({ url }: { url: string }) => `dist/${fileURLToPath(url).slice(fileURLToPath(root).length)}`);
}

/** The modules in these files of dist/. */
function modulesIn(files: readonly string[]): string[] {
  const { outputs }: Metafile = JSON.parse(readFileSync('dist/.metafile.json', 'utf8'));
  return files.flatMap((file) =>
    Object.entries(outputs[file]?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [path] : [],
    ),
  );
}

const ofSignIn = /(^|\/)src\/(team|config\/sign-in)|node_modules\/(oidc-provider|oauth4webapi|koa)\//;

const ofReplicas = /(^|\/)src\/cluster\/|node_modules\/@redis\//;

it('a start over HTTP loads nothing of sign-in and of replicas, unless they are used', async () => {
  const listening = async (running: Running) => void (await running.logged('listening'));
  const http = ['serve', '--http', '127.0.0.1:0', '--log-level', 'info'];
  const alone = modulesIn(await loadedBy(http, listening));
  expect(alone.filter((path) => ofSignIn.test(path) || ofReplicas.test(path))).toEqual([]);
  const signIn = modulesIn(await loadedBy([...http, '--sandbox', '--sign-in'], listening));
  expect(signIn.filter((path) => ofSignIn.test(path)).length).toBeGreaterThan(20);
});

function expectNoMore(files: readonly string[], bound: (typeof most)[keyof typeof most]): void {
  expect(files).toContain('dist/cli.js');
  const modules = modulesIn(files);
  const ofPackages = modules.filter((path) => path.includes('node_modules/'));
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  expect(bytes, 'bytes').toBeLessThanOrEqual(bound.bytes);
  expect(ofPackages.length, 'modules of packages').toBeLessThanOrEqual(bound.packageModules);
  expect(modules.length - ofPackages.length, 'our own modules').toBeLessThanOrEqual(bound.ownModules);
}

it('a start on stdio loads no more than it did', async () => {
  expectNoMore(await loadedByStart(), most.start);
});

it('the first use of a server on stdio loads no more than it did', async () => {
  const files = await loadedByStart(async (wire) => {
    const { error } = await wire.ask({ jsonrpc: '2.0', id: 3, method: 'completion/complete', params: {} });
    expect(error?.code).toBe(-32602);
  });
  expectNoMore(files, most.firstUse);
});

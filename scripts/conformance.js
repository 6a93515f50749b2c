// Runs the protocol's conformance suite against this project's HTTP stack: the fixture server with everything that a
// revision requires, then the product on its sandbox with every scenario that needs no fixture.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureBuilt } from './lib/ensure.js';

const runner = [
  '--import',
  './scripts/lib/glob-for-node-20.js',
  'node_modules/@modelcontextprotocol/conformance/dist/index.js',
];
const revisions = ['2025-11-25', '2026-07-28'];

/** What says something about a server that has none of the suite's own tools. */
const productScenarios = {
  '2025-11-25': [
    'server-initialize',
    'server-session-lifecycle',
    'ping',
    'tools-list',
    'resources-list',
    'prompts-list',
    'server-sse-multiple-streams',
    'dns-rebinding-protection',
  ],
  '2026-07-28': [
    'server-stateless',
    'tools-list',
    'resources-list',
    'sep-2164-resource-not-found',
    'prompts-list',
    'server-sse-multiple-streams',
    'dns-rebinding-protection',
    'caching',
    'input-required-result-unsupported-methods',
    'http-header-validation',
  ],
};

const results = mkdtempSync(join(tmpdir(), 'conformance-'));
let failed = false;

function check(title, args) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...runner, 'server', '--output-dir', results, ...args],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  console.log(`${status === 0 ? 'pass' : 'FAIL'}  ${title}`);
  if (status === 0) return;
  failed = true;
  console.log(
    `${stdout}${stderr}`
      .split('\n')
      .filter((line) => /FAILURE|Error:|✗|not in your/.test(line))
      .join('\n'),
  );
}

/** Starts a server of ours and runs `use` with its address. */
async function withServer(command, use) {
  const child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'pipe'] });
  const url = await Promise.race([
    address(child.stdout),
    address(child.stderr),
    once(child, 'exit').then(([code]) =>
      Promise.reject(new Error(`${command.join(' ')} exited with ${code}`)),
    ),
  ]);
  use(url);
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  if (code === 0) return;
  failed = true;
  console.log(`FAIL  ${command.join(' ')} exited with ${code}`);
}

function address(stream) {
  return new Promise((resolve) => {
    createInterface({ input: stream }).on('line', (line) => {
      const { url } = line.startsWith('{') ? JSON.parse(line) : {};
      if (url?.endsWith('/mcp')) resolve(url);
    });
  });
}

await withServer(['--conditions=sandbox-source', '--import', 'tsx', 'test/conformance/server.ts'], (url) => {
  for (const revision of revisions) {
    check(`fixtures, everything that ${revision} requires`, ['--url', url, '--requirements', revision]);
  }
});

await ensureBuilt();
await withServer(['dist/cli.js', 'serve', '--sandbox', '--http', '127.0.0.1:0'], (url) => {
  for (const revision of revisions) {
    for (const scenario of productScenarios[revision]) {
      check(`product, ${revision}: ${scenario}`, [
        ...['--url', url, '--scenario', scenario, '--spec-version', revision],
        ...['--expected-failures', 'test/conformance/expected-failures-product.yml'],
      ]);
    }
  }
});

rmSync(results, { recursive: true });
process.exitCode = failed ? 1 : 0;

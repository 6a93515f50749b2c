// What `npm start` and `npm test` share on a fresh clone: install if needed, build if stale. Node only, no packages.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const run = (command, args) => {
  // npm is a .cmd file on Windows, which only a shell can start. Output goes to stderr: stdout may be a protocol.
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
};

const filesUnder = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .sort()
        .flatMap((name) => filesUnder(join(path, name)))
    : [path];

/** Hash of everything the bundle is made from; stored beside the bundle to know when it is stale. */
export function sourceHash() {
  const hash = createHash('sha256');
  for (const file of [
    'src',
    'packages/ringcentral-sandbox/src',
    'packages/ringcentral-sandbox/package.json',
    'package.json',
    'package-lock.json',
    'scripts/build.js',
    'scripts/lib/bundle-plugins.js',
    'scripts/lib/commonjs.js',
    'scripts/lib/evaluate.js',
    'scripts/lib/opening-answers.js',
    'scripts/lib/plain-exports.js',
    'scripts/lib/shared-shapes.js',
    'scripts/lib/tool-schemas.js',
  ].flatMap(filesUnder)) {
    hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

/** Installs the locked packages if node_modules is missing or was made from another lock. */
export function ensureInstalled() {
  const installed = existsSync('node_modules/.package-lock.json');
  const stale =
    installed &&
    statSync('package-lock.json').mtimeMs > statSync('node_modules/.package-lock.json').mtimeMs &&
    lockedVersions('package-lock.json') !== lockedVersions('node_modules/.package-lock.json');
  if (!installed || stale) run('npm', ['ci', '--no-audit', '--no-fund']);
}

function lockedVersions(path) {
  const { packages } = JSON.parse(readFileSync(path, 'utf8'));
  return Object.entries(packages)
    .filter(([name, entry]) => name !== '' && !entry.optional)
    .map(([name, { version }]) => `${name}@${version}`)
    .sort()
    .join('\n');
}

/** Builds dist/ if it is missing or older than the sources. */
export function ensureBuilt() {
  if (read('dist/.source-hash') !== sourceHash()) run(process.execPath, ['scripts/build.js']);
}

// What a stranger gets: packs a clone in which nothing was installed or built, installs the package into an empty folder
// and runs it there; the same by an install from git, and by one without what builds it. The sandbox's package, too: its
// command, and `startSandbox` with its types.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';

const expected =
  /^(dist\/[\w.-]+\.js|dist\/(THIRD_PARTY_NOTICES\.txt|package\.json)|docs\/(performance\/)?[\w-]+\.(md|svg)|package\.json|(README|ARCHITECTURE|CONTRIBUTING|SECURITY|CHANGELOG)\.md|LICENSE)$/;

const root = process.cwd();
const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'package-check-'));
const run = (cwd, command, ...args) =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];

function check(fits, complaint) {
  if (!fits) throw new Error(complaint);
}

/** The command that an install into `place` put there. */
function checkCommand(place, command = name) {
  const printed = run(place, join(place, 'node_modules/.bin', command), '--version').trim();
  check(printed === version, `the installed command says ${printed}, not ${version}`);
}

function emptyFolder(of) {
  const place = mkdtempSync(join(folder, `${of}-`));
  run(place, 'npm', 'init', '--yes');
  return place;
}

/** A package's documents lead nowhere but to each other. */
function checkLinks(paths, read) {
  for (const document of paths.filter((path) => path.endsWith('.md'))) {
    for (const [, target] of read(document).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      const path = normalize(join(dirname(document), target));
      check(paths.includes(path), `${document} links ${target}, which is not in the package`);
    }
  }
}

const useOfSandbox = `
import { type RunningSandbox, startSandbox } from 'ringcentral-sandbox';
const sandbox: RunningSandbox = await startSandbox();
// @ts-expect-error: what the package says of itself has types
sandbox.noSuchMember;
console.log((await fetch(sandbox.controlUrl + '/state')).status);
await sandbox.close();
`;

/** The sandbox's package by itself, packed in `clone`: nothing of the server is there. */
function checkSandbox(clone) {
  const pack = ['pack', '--json', '--workspace', 'ringcentral-sandbox', '--pack-destination', folder];
  const [{ filename, files }] = JSON.parse(run(clone, 'npm', ...pack));
  const stray = files.filter(
    ({ path }) => !/^(dist\/[\w/-]+\.(js|d\.ts)|package\.json|README\.md)$/.test(path),
  );
  check(stray.length === 0, `unexpected files in the sandbox: ${stray.map(({ path }) => path).join(', ')}`);
  const place = emptyFolder('sandbox');
  run(place, 'npm', 'install', ...quiet, join(folder, filename));
  checkCommand(place, 'ringcentral-sandbox');
  writeFileSync(join(place, 'use.mts'), useOfSandbox);
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  run(place, process.execPath, compiler, ...['--module', 'nodenext', '--strict', '--types', '', 'use.mts']);
  check(run(place, process.execPath, 'use.mjs').trim() === '200', 'startSandbox starts no sandbox');
}

try {
  const clone = join(folder, 'clone');
  run(root, 'git', 'clone', '--quiet', root, clone);
  const [packed] = JSON.parse(run(clone, 'npm', 'pack', '--json', '--pack-destination', folder));
  const paths = packed.files.map(({ path }) => path);
  const stray = paths.filter((path) => !expected.test(path));
  check(stray.length === 0, `unexpected files in the package: ${stray.join(', ')}`);
  check(paths.includes('dist/cli.js'), 'a fresh clone packs without dist/');
  checkLinks(paths, (path) => readFileSync(join(clone, path), 'utf8'));

  const consumer = emptyFolder('tarball');
  run(consumer, 'npm', 'install', ...quiet, join(folder, packed.filename));
  checkCommand(consumer);

  checkSandbox(clone);

  const fromGit = emptyFolder('git');
  run(fromGit, 'npm', 'install', ...quiet, `git+file://${clone}`);
  checkCommand(fromGit);

  const bare = join(folder, 'bare');
  run(root, 'git', 'clone', '--quiet', root, bare);
  run(bare, 'npm', 'ci', '--omit=dev', ...quiet);
  check(!existsSync(join(bare, 'dist')), 'something was built without what builds it');

  console.log(`package ${packed.filename}: ${paths.length} files, ${Math.round(packed.size / 1024)} KiB`);
} catch (error) {
  console.error(error.stderr || '');
  throw error;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

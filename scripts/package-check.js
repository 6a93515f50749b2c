// What a stranger gets from the registry: packs, installs into an empty folder, and runs it there.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'package-check-'));
const npm = (...args) =>
  execFileSync('npm', args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  });

try {
  const [packed] = JSON.parse(npm('pack', '--json', '--pack-destination', folder, process.cwd()));
  const unexpected = packed.files
    .map(({ path }) => path)
    .filter(
      (path) =>
        !/^(dist\/[\w.-]+\.(js|txt)|dist\/\.source-hash|package\.json|README\.md|LICENSE)$/.test(path),
    );
  if (unexpected.length > 0) throw new Error(`unexpected files in the package: ${unexpected.join(', ')}`);
  npm('init', '--yes');
  npm('install', '--no-audit', '--no-fund', join(folder, packed.filename));
  const binary = join(folder, 'node_modules/.bin/ringcentral-call-control-mcp');
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const printed = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim();
  if (printed !== version) throw new Error(`the installed command says ${printed}, not ${version}`);
  console.log(
    `package ${packed.filename}: ${packed.files.length} files, ${Math.round(packed.size / 1024)} KiB`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

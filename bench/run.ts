// `npm run bench [name …]`: the measures one after the other, each in a process of its own. Asserts nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';

/** These run for minutes: only when they are named. */
const long = ['soak', 'http', 'outage'];
const names = readdirSync('bench')
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => basename(file, '.ts'));
const asked = process.argv.slice(2);

for (const name of asked.length > 0 ? asked : names.filter((name) => !long.includes(name))) {
  if (!existsSync(`bench/${name}.ts`)) {
    console.error(`There is no bench/${name}.ts; there are ${names.join(', ')}.`);
    process.exit(2);
  }
  console.log(`\n── ${name}`);
  spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', `bench/${name}.ts`], { stdio: 'inherit' });
}

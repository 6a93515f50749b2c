import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';

/** What figures depend on. Names neither the host nor any path on it. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  system: string;
  /** This program and those that it is measured beside. */
  versions: Record<string, string>;
}

const measuredBeside = [
  '@modelcontextprotocol/server',
  '@modelcontextprotocol/client',
  '@ringcentral/sdk',
  'ringcentral-call-control',
  'zod',
];

export function machine(): Machine {
  const processors = cpus();
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const installed = (of: string) =>
    JSON.parse(readFileSync(`node_modules/${of}/package.json`, 'utf8')).version as string;
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    versions: {
      node: process.versions.node,
      [name]: `${version} (${revision()})`,
      ...Object.fromEntries(measuredBeside.map((of) => [of, installed(of)])),
      ...JSON.parse(readFileSync('bench/peers/package.json', 'utf8')).dependencies,
    },
  };
}

function revision(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ', with changes' : ''}`;
  } catch {
    return 'no git';
  }
}

/** Processes that ran or waited for a processor, on average over the last minute. */
export const load = (): number => loadavg()[0] ?? 0;

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxAddress } from '../../test/e2e/support/process.ts';

const folder = 'bench/peers';

/** The names of the peers, as npm has them. */
export const bridges = ['@ivotoby/openapi-mcp-server', '@twilio-alpha/openapi-mcp-server'] as const;

/** A server on stdio that makes tools of any OpenAPI document: what it is started with, and its names of two tools. */
export interface Peer {
  name: (typeof bridges)[number];
  args: string[];
  env: Record<string, string>;
  read: string;
  hold: string;
}

/**
 * The peers, fed with the document that a sandbox serves of itself; installed before where they are not yet.
 * @param token with which they call the platform
 */
export async function preparePeers(
  { serverUrl, controlUrl }: Pick<SandboxAddress, 'serverUrl' | 'controlUrl'>,
  token: string,
): Promise<{ peers: Peer[]; remove(): void }> {
  await install();
  const answer = await fetch(`${controlUrl}/openapi.json`);
  const documents = mkdtempSync(join(tmpdir(), 'bench-'));
  // JSON is YAML, and one of them looks for files that are called so.
  const file = join(documents, 'Calls.yaml');
  writeFileSync(file, withServersInPaths((await answer.json()) as OpenApi));
  const program = (path: string) => join(folder, 'node_modules', path);
  const [ivotoby, twilio] = bridges;
  const peers: Peer[] = [
    {
      name: ivotoby,
      args: [program(`${ivotoby}/bin/mcp-server.js`)],
      env: {
        API_BASE_URL: serverUrl,
        OPENAPI_SPEC_PATH: file,
        API_HEADERS: `Authorization:Bearer ${token}`,
        VERBOSE: 'false',
      },
      read: 'read-call-session-status',
      hold: 'hold-call-party',
    },
    {
      name: twilio,
      args: [
        program(`${twilio}/build/simple.js`),
        ...['--apiPath', documents, '--authorization', `Bearer/${token}`],
      ],
      env: {},
      read: 'Calls--readCallSessionStatus',
      hold: 'Calls--holdCallParty',
    },
  ];
  return { peers, remove: () => rmSync(documents, { recursive: true }) };
}

interface OpenApi {
  servers: object[];
  paths: Record<string, object>;
}

/** One of them finds the server there alone. */
const withServersInPaths = ({ servers, paths, ...rest }: OpenApi): string =>
  JSON.stringify({
    ...rest,
    servers,
    paths: Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, { ...item, servers }])),
  });

/** Installs what the lock file of their folder says, unless they are there. */
async function install(): Promise<void> {
  if (areInstalled()) return;
  console.error(`Installing ${bridges.join(' and ')} into ${folder}, for the bench alone`);
  const npm = spawn('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(npm, 'exit');
  if (code !== 0) throw new Error(`npm ci in ${folder} ended with ${code}`);
}

function areInstalled(): boolean {
  const read = (path: string) => JSON.parse(readFileSync(join(folder, path), 'utf8'));
  const { dependencies } = read('package.json');
  // npm writes it when it is done.
  if (!existsSync(join(folder, 'node_modules/.package-lock.json'))) return false;
  return bridges.every((name) => read(`node_modules/${name}/package.json`).version === dependencies[name]);
}

import { readdirSync, readFileSync } from 'node:fs';
import { strToU8, type Zippable, zipSync } from 'fflate';
import { tools } from '../../src/tools/index.ts';
import { repositoryUrl } from './repository.ts';

/** What the host asks its person for. Strings have a default, so that no variable is left unfilled. */
const userConfig = {
  sandbox: {
    type: 'boolean',
    title: 'Use the sandbox',
    description:
      'A simulated RingCentral: no account needed, no real phone rings. Turn off to use your own account.',
    default: true,
  },
  client_id: {
    type: 'string',
    title: 'Client id',
    description: 'Of your RingCentral app (not needed on the sandbox)',
    default: '',
  },
  client_secret: {
    type: 'string',
    title: 'Client secret',
    description: 'Of your RingCentral app (not needed on the sandbox)',
    sensitive: true,
    default: '',
  },
  jwt: {
    type: 'string',
    title: 'JWT credential',
    description: 'Of your RingCentral user (not needed on the sandbox)',
    sensitive: true,
    default: '',
  },
  policy: {
    type: 'string',
    title: 'Policy',
    description: 'When you are asked: cautious, standard, trusted, or the path of a policy file',
    default: 'standard',
  },
  read_only: {
    type: 'boolean',
    title: 'Read only',
    description: 'The agent sees calls, and can do nothing to them',
    default: false,
  },
};

const readPackage = () => JSON.parse(readFileSync('package.json', 'utf8'));

/** The manifest of the bundle for Claude Desktop (manifest version 0.3). */
function bundleManifest(): object {
  const { name, version, description, license, keywords, engines } = readPackage();
  return {
    manifest_version: '0.3',
    name,
    display_name: 'RingCentral call control (unofficial)',
    version,
    description,
    author: { name: `The contributors of ${name}`, url: repositoryUrl },
    repository: { type: 'git', url: `${repositoryUrl}.git` },
    homepage: `${repositoryUrl}#readme`,
    documentation: `${repositoryUrl}#readme`,
    support: `${repositoryUrl}/issues`,
    license,
    keywords,
    server: {
      type: 'node',
      entry_point: 'server/cli.js',
      mcp_config: {
        command: 'node',
        // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the host fills these in.
        args: ['${__dirname}/server/cli.js'],
        env: {
          RC_MCP_SANDBOX: '${user_config.sandbox}',
          RC_APP_CLIENT_ID: '${user_config.client_id}',
          RC_APP_CLIENT_SECRET: '${user_config.client_secret}',
          RC_USER_JWT: '${user_config.jwt}',
          RC_MCP_POLICY: '${user_config.policy}',
          RC_MCP_READ_ONLY: '${user_config.read_only}',
        },
        // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the host fills these in.
      },
    },
    tools: tools.map((tool) => ({ name: tool.name, description: tool.description })),
    prompts_generated: true,
    user_config: userConfig,
    compatibility: { platforms: ['darwin', 'win32', 'linux'], runtimes: { node: engines.node } },
  };
}

/** The bundle: a zip of the manifest and what is built in dist/. */
export function bundle(): Uint8Array {
  const files: Zippable = {
    'manifest.json': strToU8(JSON.stringify(bundleManifest(), null, 2)),
    LICENSE: readFileSync('LICENSE'),
  };
  for (const file of readdirSync('dist'))
    if (!file.startsWith('.')) files[`server/${file}`] = readFileSync(`dist/${file}`);
  // The same bytes for the same files: a zip keeps times, from 1980 on.
  return zipSync(files, { level: 9, mtime: new Date(1980, 0, 1) });
}

import { readFileSync } from 'node:fs';
import { owner, repositoryName, repositoryUrl } from './repository.ts';

/** The server's name in the MCP registry. Its npm package has to carry the same, as `mcpName`. */
export const registryName = `io.github.${owner}/${repositoryName}`;

/** What a host asks its person for, or sets. Required is nothing: the sandbox takes no credentials. */
const environmentVariables = [
  { name: 'RC_APP_CLIENT_ID', description: 'Client id of your RingCentral app' },
  { name: 'RC_APP_CLIENT_SECRET', description: 'Client secret of your RingCentral app', isSecret: true },
  { name: 'RC_USER_JWT', description: 'JWT credential of your RingCentral user', isSecret: true },
  {
    name: 'RC_MCP_SANDBOX',
    description: 'true: a simulated RingCentral instead of your account; no credentials needed',
    format: 'boolean',
  },
  {
    name: 'RC_MCP_POLICY',
    description: 'When a person is asked: cautious, standard, trusted, or a policy file',
    default: 'standard',
  },
  {
    name: 'RC_MCP_PHONE',
    description: 'Id or name of the desk phone or softphone that agents may open',
  },
  {
    name: 'RC_MCP_READ_ONLY',
    description: 'true: no tool that acts',
    format: 'boolean',
  },
];

/** `server.json`, as the MCP registry takes it (schema 2025-12-11). */
export function registryEntry(): object {
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
  return {
    $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
    name: registryName,
    title: 'RingCentral call control (unofficial)',
    description: 'See and control live RingCentral calls; a person is asked before anything destructive.',
    repository: { url: repositoryUrl, source: 'github' },
    websiteUrl: `${repositoryUrl}#readme`,
    version,
    packages: [
      {
        registryType: 'npm',
        identifier: name,
        version,
        runtimeHint: 'npx',
        transport: { type: 'stdio' },
        environmentVariables,
      },
    ],
  };
}

/** `glama.json`: who may look after the entry at Glama. */
export const glamaEntry = (): object => ({
  $schema: 'https://glama.ai/mcp/schemas/server.json',
  maintainers: [owner],
});

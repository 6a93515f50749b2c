import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bundle } from '../../scripts/lib/mcpb.ts';
import { connect } from './support/agents.ts';
import { quietEnvironment, startSandboxProcess } from './support/process.ts';

/** What of the manifest's schema 0.3 ours uses; strict, as the schema is. */
const setting = z.strictObject({
  type: z.enum(['string', 'boolean']),
  title: z.string(),
  description: z.string(),
  default: z.union([z.string(), z.boolean()]),
  sensitive: z.boolean().optional(),
});
const manifestForm = z.strictObject({
  manifest_version: z.literal('0.3'),
  name: z.string(),
  display_name: z.string(),
  version: z.string(),
  description: z.string(),
  author: z.strictObject({ name: z.string(), url: z.url() }),
  repository: z.strictObject({ type: z.literal('git'), url: z.url() }),
  homepage: z.url(),
  documentation: z.url(),
  support: z.url(),
  license: z.string(),
  keywords: z.array(z.string()),
  server: z.strictObject({
    type: z.literal('node'),
    entry_point: z.string(),
    mcp_config: z.strictObject({
      command: z.literal('node'),
      args: z.array(z.string()),
      env: z.record(z.string(), z.string()),
    }),
  }),
  tools: z.array(z.strictObject({ name: z.string(), description: z.string() })),
  prompts_generated: z.boolean(),
  user_config: z.record(z.string(), setting),
  compatibility: z.strictObject({
    platforms: z.array(z.enum(['darwin', 'win32', 'linux'])),
    runtimes: z.strictObject({ node: z.string() }),
  }),
});

describe('the bundle for Claude Desktop', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  let manifest: z.output<typeof manifestForm>;

  beforeAll(() => {
    for (const [path, bytes] of Object.entries(unzipSync(bundle()))) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
      if (path === 'manifest.json')
        manifest = manifestForm.parse(JSON.parse(new TextDecoder().decode(bytes)));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Starts it as the host does, with what its person has set. */
  const start = (settings: Record<string, string | boolean>) => {
    const { args, env } = manifest.server.mcp_config;
    const defaults = Object.entries(manifest.user_config).map(([name, { default: value }]) => [name, value]);
    const values = { ...Object.fromEntries(defaults), ...settings };
    const fill = (text: string) =>
      text
        .replace(/\$\{__dirname\}/g, folder)
        .replace(/\$\{user_config\.(\w+)\}/g, (_all, name) => String(values[name]));
    const [binary = '', ...rest] = args.map(fill);
    const filled = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)]));
    return connect('v2 client, 2025', {
      stdio: { binary, args: rest, env: { ...quietEnvironment(), ...filled } },
    });
  };

  it('starts on the sandbox where its person sets nothing, with the tools that it names', async () => {
    const agent = await start({});
    const names = (await agent.tools()).map(({ name }) => name);
    expect(manifest.tools.map(({ name }) => name)).toEqual(names);
    expect(await agent.read('ringcentral://telephony/feed')).toMatchObject({ environment: 'sandbox' });
    await agent.close();
  });

  it('starts with an account, and with the other settings', async () => {
    const sandbox = await startSandboxProcess();
    const { serverUrl, clientId, clientSecret, jwt } = sandbox.address;
    manifest.server.mcp_config.env.RC_SERVER_URL = serverUrl;
    const agent = await start({
      ...{ sandbox: false, client_id: clientId, client_secret: clientSecret, jwt },
      ...{ policy: 'cautious', read_only: true },
    });
    expect((await agent.call('list_active_calls')).isError).toBeFalsy();
    expect((await agent.tools()).map(({ name }) => name)).not.toContain('hold_call_party');
    await agent.close();
    expect(await sandbox.stop()).toBe(0);
  });

  it('keeps secrets secret', () => {
    for (const [name, { sensitive = false }] of Object.entries(manifest.user_config))
      expect(sensitive, name).toBe(/secret|jwt/.test(name));
  });

  it('is the same for the same files', () => {
    expect(Buffer.compare(bundle(), bundle())).toBe(0);
  });
});

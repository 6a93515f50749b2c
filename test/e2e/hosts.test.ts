import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connect } from './support/agents.ts';
import { environmentOf, quietEnvironment, run, startSandboxProcess } from './support/process.ts';

const document = readFileSync('docs/hosts.md', 'utf8');
const { name: packageName } = JSON.parse(readFileSync('package.json', 'utf8'));

interface Entry {
  command?: string;
  args?: string[];
  env?: Record<string, string>;
  url?: string;
}

const blocks = (language: string) =>
  [...document.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)\\n\`\`\``, 'gm'))].map(
    ([, text = '']) => text,
  );

const fromWords = (words: string): Entry => {
  const [command, ...args] = words.split(' ');
  return { command: command ?? '', args };
};

/** Every way in which the document has a host start or reach the server. */
const entries: [string, Entry][] = [
  ...blocks('json').map((text): [string, Entry] => {
    const config = JSON.parse(text);
    const servers = config.mcpServers ?? config.servers;
    expect(Object.keys(servers)).toEqual(['ringcentral']);
    return [`JSON ${Object.keys(config)[0]}`, servers.ringcentral];
  }),
  ...blocks('toml').map((text): [string, Entry] => {
    expect(text).toMatch(/^\[mcp_servers\.ringcentral\]$/m);
    const member = (name: string) =>
      JSON.parse(new RegExp(`^${name} = (.*)$`, 'm').exec(text)?.[1] ?? 'null');
    return ['TOML', { command: member('command'), args: member('args') }];
  }),
  ...blocks('sh').map((text): [string, Entry] => {
    const [, url] = /--transport http ringcentral (\S+)/.exec(text) ?? [];
    if (url) return [text, { url }];
    const [, words = ''] = / (?:--|--cli) (npx .*?)(?: --method .*)?$/.exec(text) ?? [];
    return [text, fromWords(words)];
  }),
  ...[...document.matchAll(/\((https:\/\/vscode\.dev\/redirect\?[^)]*)\)/g)].map(
    ([, link = '']): [string, Entry] => {
      const install = new URL(link).searchParams.get('url') ?? '';
      const { name, ...entry } = JSON.parse(
        decodeURIComponent(install.replace(/^vscode:mcp\/install\?/, '')),
      );
      expect(name).toBe('ringcentral');
      return ['link of VS Code', entry];
    },
  ),
  ...[...document.matchAll(/\((https:\/\/cursor\.com\/[^)]*)\)/g)].map(([, link = '']): [string, Entry] => {
    const { searchParams } = new URL(link);
    expect(searchParams.get('name')).toBe('ringcentral');
    return ['link of Cursor', JSON.parse(Buffer.from(searchParams.get('config') ?? '', 'base64').toString())];
  }),
];
const starting = entries.filter(([, { command }]) => command !== undefined);
const reaching = entries.filter(([, { url }]) => url !== undefined);

it('tells of every way, and each starts the package or reaches a running server', () => {
  expect(starting.length).toBeGreaterThan(10);
  expect(reaching.length).toBe(2);
  expect(starting.length + reaching.length).toBe(entries.length);
  for (const [way, { command, args = [] }] of starting) {
    expect([command, ...args.slice(0, 2)], way).toEqual(['npx', '-y', packageName]);
  }
});

describe.each(['v2 client, 2025', 'v2 client, 2026-07-28', 'v1 client'] as const)('with the %s', (kind) => {
  const distinct = [...new Map(starting.map(([, entry]) => [JSON.stringify(entry.args), entry])).values()];

  it.each(distinct)('the package starts with $args', async ({ args = [], env = {} }) => {
    const sandbox = await startSandboxProcess();
    const credentials = environmentOf(sandbox.address);
    for (const variable of Object.keys(env)) expect(credentials).toHaveProperty(variable);
    const agent = await connect(kind, {
      stdio: { args: args.slice(2), env: args.includes('--sandbox') ? quietEnvironment() : credentials },
    });
    expect((await agent.tools()).map(({ name }) => name)).toContain('list_active_calls');
    expect((await agent.call('list_active_calls')).isError).toBeFalsy();
    expect(await agent.resources()).toContain('ringcentral://telephony/sessions');
    await agent.close();
    expect(await sandbox.stop()).toBe(0);
  });

  it('a running server is reached under the path of the entries', async () => {
    const server = run(['serve', '--sandbox', '--http', '127.0.0.1:0'], quietEnvironment());
    const { origin } = new URL(String((await server.logged('listening')).url));
    for (const [, { url = '' }] of reaching) {
      const agent = await connect(kind, { http: url.replace('http://127.0.0.1:8800', origin) });
      expect((await agent.tools()).length).toBeGreaterThan(0);
      await agent.close();
    }
    expect(await server.stop()).toBe(0);
  });
});

it('leaves room for the names of tools behind the key, where a host has 60 characters for both', async () => {
  const agent = await connect('v2 client, 2025', {
    stdio: { args: ['serve', '--sandbox'], env: quietEnvironment() },
  });
  for (const { name } of await agent.tools())
    expect(`mcp__ringcentral__${name}`.length, name).toBeLessThanOrEqual(60);
  await agent.close();
});

import { afterEach, describe, expect, it } from 'vitest';
import { tools } from '../../src/tools/index.ts';
import {
  eras,
  type ServerTestbed,
  type ServerTestbedOptions,
  startServerTestbed,
} from './support/testbed.ts';

let testbed: ServerTestbed;
const start = async (options: ServerTestbedOptions = {}) => {
  testbed = await startServerTestbed(options);
  return testbed;
};
afterEach(() => testbed.close());

const acting = tools.filter(({ risk }) => risk !== 'read').map(({ name }) => name);
const reading = tools.filter(({ risk }) => risk === 'read').map(({ name }) => name);

it('opens the feed when a modern host listens over HTTP', async () => {
  const { line, host } = await start();
  const { client } = await host('2026');
  expect(line.sync.status().state).toBe('idle');
  const listening = await client.listen({ resourcesListChanged: true });
  expect(line.sync.status().state).not.toBe('idle');
  await listening.close();
});

describe.each(eras)('in the era of %s', (era) => {
  it('opens nothing to be listed, and the feed with the first look', async () => {
    const { line, host, control } = await start();
    const { client } = await host(era);
    expect((await client.listTools()).tools).toHaveLength(tools.length);
    await client.listPrompts();
    await client.listResourceTemplates();
    expect(line.sync.status().state).toBe('idle');
    expect((await control.requests()).requests).toEqual([]);
    await client.listResources();
    expect(line.sync.status().state).not.toBe('idle');
  });

  it('says that it is a sandbox', async () => {
    const { client } = await (await start()).host(era);
    expect(client.getServerVersion()?.title).toContain('SANDBOX');
    expect(client.getInstructions()).toContain('SANDBOX');
  });

  it('has no tool that acts when it is read-only', async () => {
    const { host } = await start({ readOnly: true });
    const { client, call } = await host(era);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(reading);
    for (const name of acting.slice(0, 2)) await expect(call(name)).rejects.toThrow(/not found/);
    const { telephonySessionId } = await testbed.stage.talking();
    const { structuredContent, text } = await call('read_call_session_status', { telephonySessionId });
    expect(structuredContent.next.filter(({ tool }: { tool: string }) => acting.includes(tool))).toEqual([]);
    expect(text).toMatch(/Next: \w+/);
    expect(client.getServerCapabilities()?.prompts).toBeUndefined();
  });

  it('has only the tools of the scopes', async () => {
    const { host } = await start({ scopes: ['calls:read', 'calls:control'] });
    const { client } = await host(era);
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toContain('hold_call_party');
    expect(names).not.toContain('delete_call_session');
    // Each of the workflows ends calls in some way.
    expect(client.getServerCapabilities()?.prompts).toBeUndefined();
  });

  it('offers the workflows', async () => {
    const { client } = await (await start()).host(era);
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(['warm_transfer', 'screen_call', 'supervise_agent']);
    const { messages } = await client.getPrompt({ name: 'warm_transfer', arguments: { colleague: 'Tom' } });
    expect(JSON.stringify(messages)).toContain('Tom');
  });
});

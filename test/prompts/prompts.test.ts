import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prompts } from '../../src/prompts/prompts.ts';
import { tools } from '../../src/tools/index.ts';
import { eras, type ServerTestbed, startServerTestbed } from '../server/support/testbed.ts';

describe.each(prompts)('$name', ({ args, tools: named, text }) => {
  it('says which tools it names, and names none that does not exist', () => {
    const given = Object.fromEntries(Object.keys(args).map((name) => [name, 'Tom']));
    const words = text(given).match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? [];
    expect([...new Set(words)].sort()).toEqual([...named].sort());
    for (const name of named) expect(tools.map((tool) => tool.name)).toContain(name);
  });
});

describe.each(eras)('for a host of %s', (era) => {
  let testbed: ServerTestbed;
  beforeAll(async () => {
    testbed = await startServerTestbed();
  });
  afterAll(() => testbed.close());

  const textOf = async (name: string, args: Record<string, string>) => {
    const { client } = await testbed.host(era);
    const [message] = (await client.getPrompt({ name, arguments: args })).messages;
    return message?.content.type === 'text' ? message.content.text : '';
  };

  it('every prompt shows its arguments, which may all be left out', async () => {
    const { client } = await testbed.host(era);
    for (const { name, arguments: shown = [], icons = [] } of (await client.listPrompts()).prompts) {
      expect(shown.length, name).toBeGreaterThan(0);
      for (const { description, required } of shown) {
        expect(description, name).toMatch(/if left out/);
        expect(required, name).toBe(false);
      }
      expect(icons[0]?.src, name).toMatch(/^data:image\/svg\+xml;base64,/);
      expect(await textOf(name, {}), name).not.toMatch(/undefined|\$\{/);
    }
  });

  it('takes a condition, or says that it needs a word of yours', async () => {
    const given = { colleague: 'Bob', condition: 'as soon as she answers' };
    expect(await textOf('warm_transfer', given)).toContain(
      'Connect them as soon as she answers: bridge_call_party',
    );
    expect(await textOf('warm_transfer', { colleague: 'Bob' })).toContain('Connect them only when I say so');
    expect(await textOf('screen_call', { handling: 'forward it to 102' })).toContain('forward it to 102');
    expect(await textOf('supervise_agent', {})).toMatch(/nobody else's consent/);
  });

  it('completes names and numbers of colleagues and agents', async () => {
    const { client } = await testbed.host(era);
    const complete = async (name: string, argument: string, value: string) =>
      (await client.complete({ ref: { type: 'ref/prompt', name }, argument: { name: argument, value } }))
        .completion.values;
    expect(await complete('warm_transfer', 'colleague', 'bo')).toEqual(['Bob Brown']);
    expect(await complete('warm_transfer', 'colleague', '10')).toEqual(
      expect.arrayContaining(['102', '103']),
    );
    expect(await complete('supervise_agent', 'agent', '')).toEqual(['Bob Brown', 'Carol Clark']);
    expect(await complete('warm_transfer', 'condition', 'a')).toEqual([]);
  });
});

it('a completion of call ids is the first look, and opens the feed', async () => {
  const testbed = await startServerTestbed();
  const { telephonySessionId } = await testbed.stage.ringing();
  const { client } = await testbed.host('2025');
  const { completion } = await client.complete({
    ref: { type: 'ref/resource', uri: 'ringcentral://telephony/sessions/{telephonySessionId}' },
    argument: { name: 'telephonySessionId', value: 's-' },
  });
  expect(completion.values).toContain(telephonySessionId);
  await testbed.close();
});

it('the server has an icon, and says where to begin and what a supervisor may hear', async () => {
  const testbed = await startServerTestbed();
  const { client } = await testbed.host('2025');
  expect(client.getServerVersion()?.icons?.[0]?.mimeType).toBe('image/svg+xml');
  const instructions = client.getInstructions() ?? '';
  expect(instructions).toMatch(/own calls begin with list_active_calls/);
  expect(instructions).toMatch(/agents' calls begin with list_monitored_extensions/);
  expect(instructions).toMatch(/nobody else's consent/);
  await testbed.close();
});

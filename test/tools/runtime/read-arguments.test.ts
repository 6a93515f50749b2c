import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { tools } from '../../../src/tools/index.ts';
import { readArguments } from '../../../src/tools/runtime/read-arguments.ts';
import {
  eras,
  type Host,
  type ServerTestbed,
  startServerTestbed,
  yes,
} from '../../server/support/testbed.ts';

const input = z.object({
  id: z.string(),
  note: z.string().optional(),
  seconds: z.number().min(0).optional(),
  count: z.number().int().optional(),
  on: z.boolean().optional(),
  unit: z.enum(['Minute', 'Hour']).optional(),
});
const read = (args: unknown) => readArguments(input, args);
const readOne = (name: string, value: unknown) => read({ [name]: value }).values[name];

describe('arguments with exactly one reading', () => {
  it.each([
    ['id', 102, '102'],
    ['id', 60101001, '60101001'],
    ['id', 0, '0'],
    ['id', ' s-1\n', 's-1'],
    ['seconds', '5', 5],
    ['seconds', ' 2.5 ', 2.5],
    ['count', '-3', -3],
    ['on', 'true', true],
    ['on', 'False', false],
    ['unit', 'minute', 'Minute'],
    ['unit', ' HOUR ', 'Hour'],
  ])('%s: %j is read as %j', (name, given, value) => {
    expect(readOne(name, given)).toStrictEqual(value);
  });
});

describe('arguments without one', () => {
  it.each([
    ['id', 1.5],
    ['id', -1],
    ['id', 2 ** 53],
    ['id', true],
    ['id', ['102']],
    ['seconds', '5s'],
    ['seconds', '1e3'],
    ['seconds', '0x10'],
    ['seconds', '007'],
    ['seconds', '9007199254740993'],
    ['seconds', true],
    ['on', 1],
    ['on', 0],
    ['on', '1'],
    ['on', 'yes'],
    ['unit', 'Min'],
  ])('%s: %j stays for the schema to refuse', (name, given) => {
    expect(readOne(name, given)).toStrictEqual(given);
    expect(input.safeParse({ id: 'x', ...read({ [name]: given }).values }).success).toBe(false);
  });
});

it.each([null, '', '  ', '\n', undefined])('%j is not given', (blank) => {
  expect(read({ id: 'x', note: blank, on: blank, count: blank, unit: blank })).toEqual({
    values: { id: 'x' },
    unknown: new Map(),
  });
});

it.each([undefined, null, 'text', 7, []])('no arguments at all: %j', (args) => {
  expect(read(args)).toEqual({ values: {}, unknown: new Map() });
});

it('what the schema takes as it is stays as it is, and names of others are told', () => {
  fc.assert(
    fc.property(
      fc.record({
        id: fc.stringMatching(/^[\w-]{1,20}$/),
        count: fc.integer(),
        on: fc.boolean(),
        unit: fc.constantFrom('Minute', 'Hour'),
      }),
      fc.dictionary(
        fc.string().filter((name) => !(name in input.shape)),
        fc.jsonValue(),
      ),
      (values, others) => {
        const given = read({ ...others, ...values });
        expect(given.values).toStrictEqual({ ...values });
        expect([...given.unknown.keys()].toSorted()).toEqual(Object.keys(others).toSorted());
      },
    ),
  );
});

describe.each(eras)('a host of %s', (era) => {
  let testbed: ServerTestbed;
  let host: Host;
  beforeAll(async () => {
    testbed = await startServerTestbed();
    host = await testbed.host(era, yes);
  });
  afterAll(() => testbed.close());

  it('that fills every optional parameter of every tool with null or blanks is understood', async () => {
    for (const { name, input } of tools) {
      const optional = Object.entries(input().shape).filter(([, schema]) =>
        (schema as z.ZodType).isOptional(),
      );
      for (const blank of [null, '', ' ']) {
        const given = Object.fromEntries(optional.map(([parameter]) => [parameter, blank]));
        const { structuredContent } = await host.call(name, { ...given, timeoutSeconds: 0 });
        for (const [parameter] of optional)
          expect(structuredContent.error?.message ?? '').not.toMatch(
            new RegExp(`\\b${parameter}: (must|is not|is empty)`),
          );
        if (name !== 'wait_for_call_event') expect(structuredContent.ignored).toEqual(['timeoutSeconds']);
      }
    }
  });

  it('that fills a required one with null hears that it is missing', async () => {
    for (const blank of [null, '', '   ']) {
      const { text } = await host.call('hold_call_party', { telephonySessionId: blank });
      expect(text).toMatch(/^invalid_input: telephonySessionId: is missing/);
    }
  });

  it('that adds members is told once which had no effect, and the act happens', async () => {
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    const { text, structuredContent } = await host.call('hold_call_party', {
      telephonySessionId,
      toolCallId: 'call_7',
      sessionId: null,
      extra: { deep: true },
    });
    expect(text.match(/Ignored: toolCallId, sessionId, extra\./g)).toHaveLength(1);
    expect(structuredContent).toMatchObject({ ignored: ['toolCallId', 'sessionId', 'extra'] });
    expect(structuredContent.error).toBeUndefined();
    const { parties } = await testbed.control.call(telephonySessionId);
    expect(parties.find(({ id }) => id === partyId)?.status.code).toBe('Hold');
  });

  it('is told of them beside an error too', async () => {
    const { text, structuredContent } = await host.call('hold_call_party', { session_id: 's-1' });
    expect(text).toMatch(/telephonySessionId: is missing[\s\S]*Ignored: session_id\./);
    expect(structuredContent).toMatchObject({ error: { kind: 'invalid_input' }, ignored: ['session_id'] });
  });

  it.each(['confirm', 'force', 'user_approved', 'skipConfirmation', 'dryRun'])(
    'whose model adds %s is refused, with the reason, and nothing happens',
    async (name) => {
      const { telephonySessionId } = await testbed.stage.talking();
      const since = await testbed.mark();
      const { text, structuredContent } = await host.call('delete_call_session', {
        telephonySessionId,
        [name]: true,
      });
      expect(structuredContent.error).toMatchObject({ kind: 'invalid_input', parameter: name });
      expect(text).toMatch(/no argument of a tool is a confirmation|no rehearsal/);
      expect(text).not.toContain('Ignored');
      expect(structuredContent.ignored).toBeUndefined();
      expect(await testbed.acts(since)).toEqual([]);
    },
  );

  it.each([
    [{ options: { confirm: true } }, 'options.confirm'],
    [{ options: [{ deep: { deeper: { user_approved: 'yes' } } }] }, 'options.0.deep.deeper.user_approved'],
    [{ a: { b: { confirm: true } } }, 'a.b.confirm'],
    [{ meta: { dryRun: true } }, 'meta.dryRun'],
    [{ force: true, confirm: true }, 'force, confirm'],
  ])('whose model hides a confirmation in %j is refused like one that does not', async (args, path) => {
    const { telephonySessionId } = await testbed.stage.talking();
    const since = await testbed.mark();
    const { text, structuredContent } = await host.call('hold_call_party', {
      telephonySessionId,
      ...args,
      extra: 1,
    });
    expect(structuredContent.error).toMatchObject({ kind: 'invalid_input' });
    expect(text).toContain(`${path}`);
    expect(structuredContent.ignored).toEqual(['extra']);
    expect(await testbed.acts(since)).toEqual([]);
  });

  it.each([
    ...[{ confirm: null }, { confirm: ' ' }, { dryRun: null }, { options: { confirm: null } }],
    ...[{ requires_approval: true }, { require_approval: true }, { needsApproval: true }],
    ...[{ ask_for_confirmation: true }, { meta: { requires_approval: true } }],
  ])('that adds %j, by which nothing is claimed, acts', async (args) => {
    const { telephonySessionId } = await testbed.stage.talking();
    const { structuredContent } = await host.call('hold_call_party', { telephonySessionId, ...args });
    expect(structuredContent.error).toBeUndefined();
    expect(structuredContent.ignored).toEqual(Object.keys(args));
  });

  it.each(['confirm', 'force', 'user_approved', 'dryRun'])(
    'that adds %s to a tool that only reads is told that it had no effect',
    async (name) => {
      for (const tool of ['list_active_calls', 'find_extensions']) {
        const { structuredContent } = await host.call(tool, { [name]: true });
        expect(structuredContent.error).toBeUndefined();
        expect(structuredContent.ignored).toEqual([name]);
      }
    },
  );

  it('that sends numbers for digits is understood', async () => {
    const { telephonySessionId } = await testbed.stage.talking();
    const found = await host.call('find_extensions', { search: 102 });
    expect(found.structuredContent.total).toBe(1);
    const { structuredContent } = await host.call('transfer_call_party', {
      telephonySessionId,
      extensionNumber: 102,
    });
    expect(structuredContent.error).toBeUndefined();
    const waited = await host.call('wait_for_call_event', { timeoutSeconds: '0' });
    expect(waited.structuredContent.error).toBeUndefined();
  });

  it.each([
    [{ telephonySessionId: 2 ** 60 }, /telephonySessionId: must be a string: as a number it is too long/],
    [{ telephonySessionId: 1.5 }, /telephonySessionId: must be a string \(/],
    [{ telephonySessionId: 's-1', fresh: 1 }, /fresh: must be true or false/],
  ])('that sends %j is told what it should be', async (args, words) => {
    const { text } = await host.call('read_call_session_status', args);
    expect(text).toMatch(words);
  });

  it.each([
    [{ after: 1.5 }, /after: must be a whole number/],
    [{ timeoutSeconds: 'soon' }, /timeoutSeconds: must be a number/],
    [{ timeoutSeconds: 99 }, /timeoutSeconds: must be at most 25/],
    [{ after: -1 }, /after: must be at least 0/],
  ])('that waits with %j is told what it should be', async (args, words) => {
    const { text } = await host.call('wait_for_call_event', args);
    expect(text).toMatch(words);
    expect(text).not.toMatch(/\ba int\b/);
  });

  it('that passes several bounds of one argument is told the closest', async () => {
    const { text } = await host.call('list_active_calls', { limit: 1e99 });
    expect(text.match(/limit: must be at most/g)).toHaveLength(1);
    expect(text).toContain('limit: must be at most 200');
  });
});

import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { connect } from '../test/e2e/support/agents.ts';
import { type Running, run } from '../test/e2e/support/process.ts';
import { ask, modern } from '../test/transports/support/wire.ts';
import type { Place } from './place.ts';
import type { CampaignRecord } from './record.ts';

export interface FuzzOptions {
  place: Place;
  record: CampaignRecord;
  seed: number;
  /** How many inputs. */
  count: number;
  /** How long to spread them over, in ms. */
  forMs: number;
  signal: AbortSignal;
}

interface Shot {
  /** For the table. */
  kind: string;
  headers?: Record<string, string>;
  body: unknown;
}

type Schema = { type?: string | string[]; properties?: Record<string, Schema>; required?: string[] };

const words = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('', ' ', '__proto__', '../../etc/passwd', '%00', 's-', '-1', 'NaN', '\u202e', '911', '+1'),
  fc.constantFrom(
    'x'.repeat(20_000),
    's-0000000000000z00000000000z0000000000',
    'p-0000000000000z00000000000z0000000000-1',
  ),
);
const anything = fc.oneof(words, fc.jsonValue(), fc.double(), fc.maxSafeInteger());

/** Arguments that mostly have the form that a tool asks for: so they get as far as they can. */
function argumentsOf({ properties = {} }: Schema): fc.Arbitrary<object> {
  const members = Object.entries(properties).map(([name, { type }]) => [
    name,
    fc.oneof(typed(type), anything),
  ]);
  return fc.record(Object.fromEntries(members), { requiredKeys: [] }) as fc.Arbitrary<object>;
}

function typed(type: Schema['type']): fc.Arbitrary<unknown> {
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer' || type === 'number') return fc.integer({ min: -2, max: 300 });
  return words;
}

/** Inputs of tools, messages of the protocol, and what is neither. */
function shotsOf(tools: readonly { name: string; inputSchema: object }[]): fc.Arbitrary<Shot> {
  const input = fc.constantFrom(...tools).chain(({ name, inputSchema }) =>
    argumentsOf(inputSchema).map((args) => ({
      kind: 'inputs of tools',
      ...modern('tools/call', {
        name,
        arguments: { ...args, ...(name === 'wait_for_call_event' && { timeoutSeconds: 0 }) },
      }),
    })),
  );
  const method = fc.constantFrom(
    ...['tools/list', 'resources/read', 'resources/list', 'prompts/get', 'completion/complete', 'ping'],
    ...['initialize', 'server/discover', 'logging/setLevel', 'no/such', 'notifications/cancelled'],
  );
  const message = fc
    .tuple(method, fc.dictionary(words, anything, { maxKeys: 4 }), anything)
    .map(([name, params, id]) => ({
      kind: 'protocol messages',
      ...modern(name, params, id as number),
    }));
  const garbage = anything.map((value) => ({
    kind: 'garbage over HTTP',
    body: typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
  }));
  return fc.oneof(
    { weight: 6, arbitrary: input },
    { weight: 2, arbitrary: message },
    { weight: 1, arbitrary: garbage },
  );
}

/** Sends inputs that nobody means, as many as there is time for, and answers what the server should not have said. */
export async function fuzz({ place, record, seed, count, forMs, signal }: FuzzOptions): Promise<string[]> {
  if (count === 0) return [];
  const agent = await connect('v2 client, 2026-07-28', { http: `${place.balancer.url}/mcp` });
  const tools = await agent.tools();
  await agent.close();
  const wrong: string[] = [];
  const shots = fc.sample(shotsOf(tools), { seed, numRuns: count });
  for (const { kind, headers = {}, body } of shots) {
    if (signal.aborted) break;
    record.tries('fuzz', kind);
    // A header takes no such letters; then there is no such request either.
    const isSendable = Object.values(headers).every((value) => /^[\x21-\x7e]*$/.test(value));
    const answer = await ask(`${place.balancer.url}/mcp`, { headers: isSendable ? headers : {}, body }).catch(
      () => undefined,
    );
    if (answer && isWrong(answer.status, answer.text)) {
      wrong.push(`${answer.status} ${answer.text.slice(0, 300)} to ${JSON.stringify(body).slice(0, 500)}`);
    }
    await pause(forMs / count / 4);
  }
  return wrong;
}

/** 502 to 504 are a balancer's. */
const isWrong = (status: number, text: string): boolean =>
  status === 500 ||
  text.includes('"kind":"internal"') ||
  text.includes('-32603') ||
  /at \w+ \(.*:\d+:\d+\)/.test(text);

/** Garbage on the stdin of a server of its own: it lives on, and answers what is said well. */
export async function fuzzStdin(seed: number, count: number, record: CampaignRecord): Promise<string[]> {
  if (count === 0) return [];
  const server = run(['serve', '--sandbox', '--log-level', 'silent']);
  const bytes = fc.oneof(
    anything.map((value) => Buffer.from(JSON.stringify(value) ?? '')),
    fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
    fc
      .dictionary(words, anything, { maxKeys: 3 })
      .map((params) => Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }))),
  );
  for (const line of fc.sample(bytes, { seed, numRuns: count })) {
    server.child.stdin?.write(Buffer.concat([line, Buffer.from('\n')]));
    record.tries('fuzz', 'garbage on stdin');
  }
  const answered = pinged(server);
  server.child.stdin?.write(`\n${JSON.stringify({ jsonrpc: '2.0', id: 'last', method: 'ping' })}\n`);
  const isAlive = await Promise.race([answered, pause(30_000, false)]);
  server.child.stdin?.end();
  const code = await server.stop();
  return [
    ...(isAlive ? [] : ['no answer after garbage on stdin']),
    ...(code === 0 ? [] : [`ended with ${code}: ${server.stderr().slice(-500)}`]),
  ];
}

async function pinged({ child }: Running): Promise<boolean> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text = (text + chunk).slice(-100_000);
    if (text.includes('"id":"last"')) return true;
  }
  return false;
}

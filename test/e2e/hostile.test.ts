import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { hostileNames } from 'ringcentral-sandbox/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../src/transports/identity/keys.ts';
import { callScopes } from '../../src/transports/identity/principal.ts';
import { Control } from './support/control.ts';
import { Stage } from './support/operations.ts';
import {
  environmentOf,
  outcome,
  type Running,
  run,
  startSandboxProcess,
  withoutLimits,
} from './support/process.ts';

/** Whatever name a caller claims begins with this, so that it can be found wherever it comes out. */
const mark = 'Zqx';
/** Of each name an agent of its own: a person is not asked more than six times a minute. */
const keys = hostileNames.map((_, index) => createKey(`agent-${index}`, [...callScopes]));

/**
 * The names of callers through every way out of two real servers: one whose host asks, one whose operator is asked.
 */
describe('a caller’s name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  const audit = join(folder, 'audit.log');
  let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
  let control: Control;
  let stage: Stage;
  let asking: Running;
  let operated: Running;
  let page: string;
  let operator: Record<string, string>;

  beforeAll(async () => {
    sandbox = await startSandboxProcess(
      ...withoutLimits('each of the names is a call of its own on one login'),
    );
    control = new Control(sandbox.address.controlUrl);
    stage = new Stage(control);
    const made = (await outcome(['passcode'])).stdout;
    const passcode = /\n((?:\w{4}-){3}\w{4})\n/.exec(made)?.[1] ?? '';
    const file = join(folder, 'keys.json');
    writeFileSync(file, JSON.stringify(keys.map(({ entry }) => entry)));
    const env = { ...environmentOf(sandbox.address), RC_MCP_KEYS_FILE: file };
    const args = ['serve', '--http', '127.0.0.1:0', '--log-level', 'trace'];
    asking = run([...args, '--audit-log', audit], {
      ...env,
      RC_MCP_AUDIT_KEY: 'a key of sixteen characters',
    });
    operated = run([...args, '--approvals', '127.0.0.1:0'], {
      ...env,
      RC_MCP_APPROVALS_PASSCODE_HASH: /RC_MCP_APPROVALS_PASSCODE_HASH=(\S+)/.exec(made)?.[1] ?? '',
    });
    page = String((await operated.logged('approvals')).url);
    const login = await fetch(new URL('/login', page), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ passcode }),
    });
    const { token } = (await login.json()) as { token: string };
    operator = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  });
  afterAll(async () => {
    expect(await asking.stop()).toBe(0);
    expect(await operated.stop()).toBe(0);
    await sandbox.stop();
    rmSync(folder, { recursive: true });
  });

  /** A host that shows questions to nobody, and says no; `during` looks around while the question is open. */
  async function connect(
    server: Running,
    key: string,
    during?: (question: string) => Promise<void>,
  ): Promise<Client> {
    const client = new Client(
      { name: 'host', version: '0' },
      { capabilities: during ? { elicitation: { form: {} } } : {}, versionNegotiation: { mode: 'legacy' } },
    );
    if (during) {
      client.setRequestHandler('elicitation/create', async ({ params }) => {
        await during(params.message);
        return { action: 'decline' };
      });
    }
    const { url } = await server.logged('listening');
    const headers = { authorization: `Bearer ${key}` };
    await client.connect(
      new StreamableHTTPClientTransport(new URL(String(url)), { requestInit: { headers } }),
    );
    return client;
  }

  async function nextQuestion(): Promise<{ id: string; message: string }> {
    const { body } = await fetch(new URL('/questions', page), { headers: operator });
    let rest = '';
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [question] = JSON.parse(line) as { id: string; message: string }[];
        if (question) return question;
      }
    }
    throw new Error('the list of questions ended');
  }

  /** Every occurrence of the name, fenced as a model reads it; the answer is how many there were. */
  function fenced(text: string): number {
    const seen = text.match(new RegExp(`.{0,12}${mark}[^»]*.?`, 'gu')) ?? [];
    for (const one of seen) expect(one).toMatch(new RegExp(`«untrusted: ${mark}[^<>\\[\\]{}«|]*»$`, 'u'));
    expect(text).not.toMatch(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
    return seen.length;
  }

  /** The same in a question for a person, who is told whose claim it is. */
  function claimed(question: string): void {
    expect(question).toContain(mark);
    for (const line of question.split('\n')) {
      expect(line).not.toMatch(/[\p{C}\p{DI}<>[\]{}`|\\*]/u);
      if (line.includes(mark)) {
        expect(line).toMatch(new RegExp(`\\+14155550177 «${mark}[^«»]*»`));
      }
    }
  }

  it.each(hostileNames.map((name, index) => [name, index] as const))('%j', async (name, index) => {
    const { key = '' } = keys[index] ?? {};
    const caller = { phoneNumber: '+14155550177', name: `${mark}${name}` };
    const questions: string[] = [];
    const client: Client = await connect(asking, key, async (question) => {
      questions.push(question);
      read.push(await client.readResource({ uri: 'ringcentral://guard' }));
    });
    const read: unknown[] = [];
    const { cursor = 0 } = (await tool('wait_for_call_event', { timeoutSeconds: 0 })).structuredContent ?? {};
    const { telephonySessionId, partyId } = await stage.ringing(caller);
    const on = { telephonySessionId };

    async function tool(tool: string, args: object) {
      const answer = await client.callTool({ name: tool, arguments: args as Record<string, unknown> });
      return answer as { structuredContent?: { cursor?: number }; content: unknown };
    }
    const results: unknown[] = [];
    for (const [name, args] of [
      ['list_active_calls', {}],
      ['read_call_session_status', { ...on, fresh: true }],
      ['read_call_party_status', { ...on, partyId }],
      ['wait_for_call_event', { ...on, after: cursor, timeoutSeconds: 5 }],
      ['hold_call_party', on],
      ['transfer_call_party', { ...on, extensionNumber: '102' }],
      ['reply_party', { ...on, replyWithText: 'Later.' }],
      ['delete_call_session', on],
      ['find_extensions', {}],
    ] as const) {
      results.push(await tool(name, args));
    }
    const session = `ringcentral://telephony/sessions/${telephonySessionId}`;
    for (const uri of [
      ...['ringcentral://telephony/sessions', session, `${session}/parties/${partyId}`],
      ...['ringcentral://telephony/feed', 'ringcentral://guard'],
    ]) {
      read.push(await client.readResource({ uri }));
    }
    const ref = {
      type: 'ref/resource',
      uri: 'ringcentral://telephony/sessions/{telephonySessionId}',
    } as const;
    const others = [
      await client.listResources(),
      await client.listResourceTemplates(),
      await client.listPrompts(),
      await client.getPrompt({ name: 'screen_call' }),
      await client.complete({ ref, argument: { name: 'telephonySessionId', value: '' } }),
    ];

    expect(fenced(results.map((result) => JSON.stringify(result)).join('\n'))).toBeGreaterThan(4);
    expect(fenced([...read, ...others].map((answer) => JSON.stringify(answer)).join('\n'))).toBeGreaterThan(
      2,
    );
    expect(questions).toHaveLength(2);
    for (const question of questions) claimed(question);
    await client.close();

    const agent = await connect(operated, key);
    const asked = agent.callTool({ name: 'delete_call_session', arguments: { ...on } });
    const question = await nextQuestion();
    claimed(question.message);
    await fetch(new URL(`/questions/${question.id}`, page), {
      ...{ method: 'POST', headers: operator, body: JSON.stringify({ answer: 'declined' }) },
    });
    fenced(JSON.stringify(await asked));
    await agent.close();
    await control.drop(telephonySessionId);
  });

  it('is neither in what is told while an agent waits, nor in logs at any level, nor in the audit log', async () => {
    const { telephonySessionId } = await stage.ringing({ phoneNumber: '+14155550177', name: `${mark} <b>` });
    const client = await connect(asking, keys[0]?.key ?? '');
    const progress: unknown[] = [];
    await client.callTool(
      { name: 'wait_for_call_event', arguments: { telephonySessionId, until: 'Parked', timeoutSeconds: 3 } },
      { onprogress: (told) => progress.push(told) },
    );
    expect(progress.length).toBeGreaterThan(0);
    await client.close();
    const words = [JSON.stringify(progress), asking.stderr(), operated.stderr(), readFileSync(audit, 'utf8')];
    for (const text of words) expect(text).not.toContain(mark);
    expect(readFileSync(audit, 'utf8').split('\n').length).toBeGreaterThan(hostileNames.length);
    expect(asking.stderr()).not.toContain('+14155550177');
  });
});

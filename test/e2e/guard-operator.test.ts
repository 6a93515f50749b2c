import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../src/transports/identity/keys.ts';
import { callScopes } from '../../src/transports/identity/principal.ts';
import { type Agent, type ClientKind, connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { Stage, succeeded } from './support/operations.ts';
import { environmentOf, outcome, type Running, run, startSandboxProcess } from './support/process.ts';

interface Posted {
  id: string;
  tool: string;
  principal: string;
  message: string;
}

describe('the operator’s page of a real server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'operator-'));
  const { key, entry } = createKey('desk-agent', [...callScopes]);
  let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
  let control: Control;
  let server: Running;
  let mcp: string;
  let page: string;
  let passcode: string;
  let operator: Record<string, string>;

  beforeAll(async () => {
    sandbox = await startSandboxProcess();
    control = new Control(sandbox.address.controlUrl);
    const made = (await outcome(['passcode'])).stdout;
    passcode = /\n((?:\w{4}-){3}\w{4})\n/.exec(made)?.[1] ?? '';
    const keys = join(folder, 'keys.json');
    writeFileSync(keys, JSON.stringify([entry]));
    server = run(['serve', '--http', '127.0.0.1:0', '--approvals', '127.0.0.1:0'], {
      ...environmentOf(sandbox.address),
      RC_MCP_KEYS_FILE: keys,
      RC_MCP_APPROVALS_PASSCODE_HASH: /RC_MCP_APPROVALS_PASSCODE_HASH=(\S+)/.exec(made)?.[1] ?? '',
    });
    page = String((await server.logged('approvals')).url);
    mcp = String((await server.logged('listening')).url);
    const { token } = (await (await post('/login', { passcode })).json()) as { token: string };
    operator = { authorization: `Bearer ${token}` };
  });
  afterAll(async () => {
    expect(await server.stop()).toBe(0);
    await sandbox.stop();
    rmSync(folder, { recursive: true });
  });

  const agent = (kind: ClientKind): Promise<Agent> =>
    connect(kind, { http: mcp, headers: { authorization: `Bearer ${key}` } }, { asks: false });

  /** As the page's own script does it. */
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(new URL(path, page), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  async function nextQuestion(): Promise<Posted> {
    const { body } = await fetch(new URL('/questions', page), { headers: operator });
    let rest = '';
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [question] = JSON.parse(line) as Posted[];
        if (question) return question;
      }
    }
    throw new Error('the list of questions ended');
  }

  describe.each<ClientKind>(['v2 client, 2025', 'v2 client, 2026-07-28'])('%s', (kind) => {
    it.each(['yes', 'declined'] as const)('an act that waits for the operator: %s', async (answer) => {
      const one = await agent(kind);
      const { telephonySessionId } = await new Stage(control).talking();
      const { next } = await control.requests();
      const settled = one.call('delete_call_session', { telephonySessionId });
      const question = await nextQuestion();
      expect(question).toMatchObject({ tool: 'delete_call_session', principal: 'key:desk-agent' });
      expect(question.message).toContain('+14155550123');
      expect((await one.read('ringcentral://guard')).asks).toBe('operator');

      expect((await post(`/questions/${question.id}`, { answer }, operator)).status).toBe(204);
      const result = await settled;
      const { requests } = await control.requests(next);
      const sent = requests.filter(({ method }) => method === 'DELETE');
      if (answer === 'yes') {
        succeeded(result);
        expect(sent).toHaveLength(1);
      } else {
        expect(result.structuredContent?.error).toMatchObject({ kind: 'not_confirmed', reason: 'declined' });
        expect(sent).toEqual([]);
      }
      expect(one.questions).toEqual([]);
      await one.close();
    });
  });

  it('is opened by nothing that a host or model has', async () => {
    const one = await agent('v2 client, 2025');
    const { telephonySessionId } = await new Stage(control).talking();
    const settled = one.call('delete_call_session', { telephonySessionId });
    const { id } = await nextQuestion();

    const credentials = [
      {},
      { authorization: `Bearer ${key}` },
      { authorization: `Bearer ${passcode}` },
      { authorization: `Bearer ${sandbox.address.jwt}` },
      { authorization: `Bearer ${id}` },
      { cookie: `token=${key}` },
    ];
    for (const headers of credentials as Record<string, string>[]) {
      expect((await fetch(new URL('/questions', page), { headers })).status).toBe(401);
      expect((await post(`/questions/${id}`, { answer: 'yes' }, headers)).status).toBe(401);
    }
    expect((await post('/login', { passcode: key })).status).toBe(401);
    // What an agent reads tells neither the page's address nor the question's id.
    const read = JSON.stringify(await one.read('ringcentral://guard'));
    expect(read).toContain('delete_call_session');
    expect(read).not.toContain(id);
    expect(read).not.toContain(new URL(page).host);
    // Nor is the page where MCP is served.
    const there = await fetch(new URL(`/questions/${id}`, mcp), {
      method: 'POST',
      headers: { ...operator, 'content-type': 'application/json' },
      body: JSON.stringify({ answer: 'yes' }),
    });
    expect(there.ok).toBe(false);

    await post(`/questions/${id}`, { answer: 'declined' }, operator);
    const { error } = (await settled).structuredContent ?? {};
    expect(error).toMatchObject({ kind: 'not_confirmed', reason: 'declined' });
    expect(server.stderr()).not.toContain(passcode);
    await one.close();
  });

  it('refuses to start without a passcode where no terminal can show one', async () => {
    const { code, stderr } = await outcome(
      ['serve', '--http', '127.0.0.1:0', '--approvals', '127.0.0.1:0'],
      environmentOf(sandbox.address),
    );
    expect(code).toBe(2);
    expect(stderr).toContain('RC_MCP_APPROVALS_PASSCODE_HASH');
  });
});

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { Stage, succeeded } from './support/operations.ts';
import { environmentOf, outcome, run, startSandboxProcess } from './support/process.ts';

describe('the audit log of a real server', () => {
  const key = 'a key of more than sixteen characters';
  let folder: string;
  let file: string;
  let head: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'audit-'));
    file = join(folder, 'audit.log');
    const sandbox = await startSandboxProcess();
    const stage = new Stage(new Control(sandbox.address.controlUrl));
    const server = run(['serve', '--http', '127.0.0.1:0', '--audit-log', file], {
      ...environmentOf(sandbox.address),
      RC_MCP_AUDIT_KEY: key,
    });
    const { url } = await server.logged('listening');
    const agent = await connect('v2 client, 2025', { http: String(url) });
    const { telephonySessionId } = await stage.talking({ phoneNumber: '+14155550123', name: 'Ada' });
    succeeded(await agent.call('hold_call_party', { telephonySessionId }));
    agent.person.answer = () => ({ action: 'decline' });
    await agent.call('delete_call_session', { telephonySessionId });
    agent.person.answer = () => ({ action: 'accept', content: { confirm: true } });
    succeeded(await agent.call('delete_call_session', { telephonySessionId }));
    await agent.close();
    expect(await server.stop()).toBe(0);
    head = String((await server.logged('audit log closed')).head);
    await sandbox.stop();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const verify = (...more: string[]) =>
    outcome(['audit', 'verify', file, ...more], { PATH: process.env.PATH ?? '', RC_MCP_AUDIT_KEY: key });
  const lines = () => readFileSync(file, 'utf8').trimEnd().split('\n');

  it('holds intents, answers and outcomes, is its owner’s alone, and is found whole', async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const events = lines().map((line) => JSON.parse(line));
    expect(events.map(({ event, tool }) => `${event} ${tool ?? ''}`.trim())).toEqual([
      'intent hold_call_party',
      'outcome',
      'refused delete_call_session',
      'intent delete_call_session',
      'outcome',
    ]);
    expect(readFileSync(file, 'utf8')).not.toContain('+14155550123');
    expect(await verify('--expect', head)).toMatchObject({ code: 0, stderr: '' });
    // `--expect "$HEAD"` without HEAD is no check that was passed.
    expect(await verify('--expect', '')).toMatchObject({ code: 1 });
  });

  it('is not found whole when it was changed, shortened, reordered or written anew', async () => {
    const whole = lines();
    const forged: Record<string, string[]> = {
      changed: whole.map((line, index) => (index === 2 ? line.replace('refused', 'allowed') : line)),
      'without a line': whole.filter((_, index) => index !== 2),
      reordered: [whole[1], whole[0], ...whole.slice(2)].map(String),
      'cut at the end': whole.slice(0, -1),
      empty: [],
    };
    for (const [how, text] of Object.entries(forged)) {
      writeFileSync(file, text.map((line) => `${line}\n`).join(''));
      const { code, stderr } = await verify('--expect', head);
      expect({ how, code }).toEqual({ how, code: 1 });
      expect(stderr.length, how).toBeGreaterThan(20);
    }
  });
});

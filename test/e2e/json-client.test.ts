import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, initialize } from '../transports/support/wire.ts';
import { Control } from './support/control.ts';
import { Stage } from './support/operations.ts';
import { environmentOf, type Running, run, startSandboxProcess } from './support/process.ts';

let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
let server: Running;
beforeAll(async () => {
  sandbox = await startSandboxProcess();
  server = run(['serve', '--http', '127.0.0.1:0'], environmentOf(sandbox.address));
});
afterAll(async () => {
  await server.stop();
  await sandbox.stop();
});

it('a client that reads JSON alone acts, and is told at once that it cannot be asked', async () => {
  const url = String((await server.logged('listening')).url);
  const control = new Control(sandbox.address.controlUrl);
  const { telephonySessionId } = await new Stage(control).talking();
  const accept = '*/*';
  const first = initialize();
  const params = { ...first.params, capabilities: { elicitation: { form: {} } } };
  const opened = await ask(url, { body: { ...first, params }, headers: { accept } });
  const headers = { accept, 'mcp-session-id': String(opened.headers['mcp-session-id']) };
  const call = async (name: string) => {
    const body = {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name, arguments: { telephonySessionId } },
    };
    return JSON.parse((await ask(url, { body, headers })).text).result.structuredContent;
  };
  expect(await call('hold_call_party')).toMatchObject({ outcome: 'observed' });
  expect(await call('delete_call_session')).toMatchObject({
    error: { kind: 'not_confirmed', reason: 'unsupported' },
  });
  const { calls } = await control.state();
  expect(calls.find((one) => one.telephonySessionId === telephonySessionId)?.parties).toContainEqual(
    expect.objectContaining({ status: expect.objectContaining({ code: 'Hold' }) }),
  );
});

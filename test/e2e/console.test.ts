import { noBrowser, openBrowser } from 'ringcentral-sandbox/testing';
import { describe, expect, it } from 'vitest';
import { connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { environmentOf, run, startSandboxProcess } from './support/process.ts';

it('serve --sandbox: a call rings for a minute, so that a newcomer’s first call is there when the agent is', async () => {
  const server = run(['serve', '--sandbox', '--http', '127.0.0.1:0']);
  const { controlUrl } = await server.logged('sandbox');
  expect(await new Control(String(controlUrl)).patch('/account', {})).toMatchObject({ ringSeconds: 60 });
  expect(await server.stop()).toBe(0);
});

it('a host that starts the sandbox itself is told where its console is, and nothing of it with an account', async () => {
  const agent = await connect('v2 client, 2025', {
    stdio: { args: ['serve', '--sandbox'], env: { PATH: process.env.PATH ?? '' } },
  });
  const text = (await agent.call('list_active_calls')).content[0]?.text ?? '';
  const [, console = ''] = /No active calls\.[\s\S]*console, (http:\S+)\./.exec(text) ?? [];
  expect(await (await fetch(console)).text()).toContain('Sandbox console');
  await agent.close();

  const sandbox = await startSandboxProcess();
  const other = await connect('v2 client, 2025', {
    stdio: { args: ['serve'], env: environmentOf(sandbox.address) },
  });
  expect((await other.call('list_active_calls')).content[0]?.text).not.toContain('console');
  await other.close();
  await sandbox.stop();
});

describe.skipIf(noBrowser)(`a newcomer${noBrowser ? `: ${noBrowser}` : ''}`, () => {
  it('places a call on the console, and the agent sees it', async () => {
    const server = run(['serve', '--sandbox', '--http', '127.0.0.1:0']);
    const { serverUrl } = await server.logged('sandbox');
    const { url } = await server.logged('listening');
    const browser = await openBrowser();
    const page = await browser.newPage();
    await page.goto(String(serverUrl));
    const agent = await connect('v2 client, 2025', { http: String(url) });
    await agent.resources();

    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await expect
      .poll(async () => (await agent.call('list_active_calls')).content[0]?.text, { timeout: 10_000 })
      .toMatch(/\+14155550123.*ringing/s);
    await page.getByRole('button', { name: 'Answer: 101 Alice Admin' }).click();
    await expect
      .poll(async () => (await agent.call('list_active_calls')).content[0]?.text, { timeout: 10_000 })
      .toMatch(/on the call; other side on the call/);
    await page.getByRole('button', { name: 'Reset' }).click();
    await expect
      .poll(async () => (await agent.call('list_active_calls')).content[0]?.text, { timeout: 10_000 })
      .toMatch(/No active calls/);

    await agent.close();
    await browser.close();
    expect(await server.stop()).toBe(0);
  });
});

import { afterEach, expect, it } from 'vitest';
import { connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { Stage, succeeded } from './support/operations.ts';
import { type Running, run } from './support/process.ts';

let server: Running | undefined;
afterEach(async () => {
  await server?.stop();
});

/** A sandbox server without a terminal, as hosts and supervisors start it, and an agent whose host cannot ask. */
async function start(...flags: string[]) {
  const started = run(['serve', '--sandbox', '--http', '127.0.0.1:0', '--log-level', 'warn', ...flags]);
  server = started;
  const { controlUrl } = await started.logged('sandbox');
  const { url } = await started.logged('listening');
  const agent = await connect('v2 client, 2025', { http: String(url) }, { asks: false });
  return { started, agent, stage: new Stage(new Control(String(controlUrl))) };
}

/** What the page's script does. */
class Page {
  readonly #url: string;
  readonly #headers: Record<string, string> = { 'content-type': 'application/json' };

  constructor(url: string) {
    this.#url = url;
  }

  #post = (path: string, body: object) =>
    fetch(new URL(path, this.#url), { method: 'POST', headers: this.#headers, body: JSON.stringify(body) });

  async logIn(passcode: string) {
    const { token } = (await (await this.#post('/login', { passcode })).json()) as { token: string };
    this.#headers.authorization = `Bearer ${token}`;
  }

  /** Answers the next question. */
  async answer(answer: 'yes' | 'declined') {
    const { body } = await fetch(new URL('/questions', this.#url), { headers: this.#headers });
    let text = '';
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const id = /"id":"([\w-]+)"/.exec(text)?.[1];
      if (id) return expect((await this.#post(`/questions/${id}`, { answer })).status).toBe(204);
    }
    throw new Error('the list of questions ended');
  }
}

it('a sandbox without a terminal logs the page and a passcode that opens it; a refusal names the page', async () => {
  const { started, agent, stage } = await start('--approvals', '127.0.0.1:0');
  const { url, passcode } = await started.logged('approvals');
  const page = new Page(String(url));
  await page.logIn(String(passcode));
  const { telephonySessionId } = await stage.talking();

  const declined = agent.call('delete_call_session', { telephonySessionId });
  await page.answer('declined');
  const { error } = (await declined).structuredContent ?? {};
  expect(error).toMatchObject({ kind: 'not_confirmed', reason: 'declined' });
  expect(error?.message).toContain(String(url));
  expect(error?.message).not.toContain('faster than a person');

  const done = agent.call('delete_call_session', { telephonySessionId });
  await page.answer('yes');
  succeeded(await done);
  await agent.close();
});

it('without the page a refusal names the command that starts it', async () => {
  const { agent, stage } = await start();
  const { telephonySessionId } = await stage.talking();
  const { structuredContent } = await agent.call('delete_call_session', { telephonySessionId });
  expect(structuredContent?.error).toMatchObject({ kind: 'not_confirmed', reason: 'unsupported' });
  expect(structuredContent?.error?.message).toContain(
    'with `--approvals` added to what it was started with (in a clone: `npm start -- --approvals`)',
  );
  await agent.close();
});

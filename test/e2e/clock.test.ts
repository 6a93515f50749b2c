import { expect, it } from 'vitest';
import { connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { Stage } from './support/operations.ts';
import { environmentOf, startSandboxProcess } from './support/process.ts';

const hour = 3_600_000;

/** Makes a process of Node believe that it is later. */
const shifted = (ms: number): string => {
  const code = `const Real = Date;
    globalThis.Date = class extends Real {
      constructor(...given) { if (given.length > 0) super(...given); else super(Real.now() + ${ms}); }
      static now() { return Real.now() + ${ms}; }
    };`;
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
};

it.each([
  ['fast', 3 * hour],
  ['slow', -3 * hour],
])(
  'a host clock that is three hours %s makes no call older or younger',
  async (_, ahead) => {
    const sandbox = await startSandboxProcess();
    const stage = new Stage(new Control(sandbox.address.controlUrl));
    const agent = await connect('v2 client, 2025', {
      stdio: { args: ['serve'], env: { ...environmentOf(sandbox.address), NODE_OPTIONS: shifted(ahead) } },
    });
    await agent.call('list_active_calls');
    const { structuredContent: start } = await agent.call('wait_for_call_event', { timeoutSeconds: 0 });
    const { telephonySessionId } = await stage.talking();
    const wait = { telephonySessionId, after: start?.cursor, timeoutSeconds: 10 };
    const { structuredContent } = await agent.call('wait_for_call_event', wait);
    for (const { time } of structuredContent?.events ?? []) {
      expect(Math.abs(Date.parse(time) - (Date.now() + ahead)), time).toBeLessThan(60_000);
    }
    expect(structuredContent?.events.length).toBeGreaterThan(0);
    agent.person.answer = () => ({ action: 'decline' });
    await agent.call('delete_call_session', { telephonySessionId });
    expect(agent.questions[0]?.message).toMatch(/The call, since .* \(\d+ s\)/);
    await agent.close();
    await sandbox.stop();
  },
  60_000,
);

import { describe, expect, it, vi } from 'vitest';
import { type Agent, connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { Stage, succeeded } from './support/operations.ts';
import {
  environmentOf,
  run,
  type SandboxAddress,
  startSandboxProcess,
  withoutLimits,
} from './support/process.ts';

/*
 * What an agent is told while nothing, or not everything, can be read. The acts of the sandbox are
 * the truth; nothing is told of what was not read, and what is old is told with its age.
 */

const sessions = 'ringcentral://telephony/sessions';
const allPermissions = [
  ...['CallControl', 'ReadPresence', 'ReadAccounts', 'ReadCallLog', 'ReadCallRecording'],
  ...['SubscriptionWebhook', 'WebSocketsSubscription'],
];

interface Testbed {
  control: Control;
  stage: Stage;
  address: SandboxAddress;
  /** An agent whose server is logged in with all permissions but these. */
  agent(options?: { lacks?: string; env?: Record<string, string> }): Promise<Agent>;
}

const unlimited = withoutLimits('what is refused is the fault’s doing alone');

/** `it.concurrent` with a testbed of its own. */
function testbed(name: string, story: (testbed: Testbed) => Promise<void>, ...flags: string[]) {
  it.concurrent(name, async () => {
    const sandbox = await startSandboxProcess(...unlimited, ...flags);
    const control = new Control(sandbox.address.controlUrl);
    const agents: Agent[] = [];
    try {
      await story({
        control,
        stage: new Stage(control),
        address: sandbox.address,
        async agent({ lacks, env = {} } = {}) {
          const scopes = allPermissions.filter((permission) => permission !== lacks);
          const login = lacks === undefined ? {} : await control.login('101', scopes);
          const reach = {
            args: ['serve'],
            env: { ...environmentOf({ ...sandbox.address, ...login }), ...env },
          };
          const agent = await connect('v2 client, 2025', { stdio: reach });
          agents.push(agent);
          return agent;
        },
      });
    } finally {
      for (const agent of agents) await agent.close();
      await sandbox.stop();
    }
  }, 60_000);
}

const textOf = (answer: { content: { text?: string }[] }): string => answer.content[0]?.text ?? '';
const list = async (agent: Agent) => {
  const answer = succeeded(await agent.call('list_active_calls', { detail: true }));
  return { text: textOf(answer), data: answer.structuredContent };
};

describe('before anything was read', () => {
  const rows: Record<string, { env?: Record<string, string>; fault?: object; kind: string; says: RegExp }> = {
    'the login is refused': { env: { RC_USER_JWT: 'not.a.jwt' }, kind: 'forbidden', says: /RC_USER_JWT/ },
    'the platform cannot be reached': {
      env: { RC_SERVER_URL: 'http://127.0.0.1:9' },
      kind: 'unavailable',
      says: /ECONNREFUSED/,
    },
    'the login is over the limit': {
      fault: { pathPattern: '/restapi/oauth/token', status: 429, retryAfterSeconds: 60 },
      kind: 'rate_limited',
      says: /\d s|refuses further requests/,
    },
    'presence is not available': {
      fault: { pathPattern: '/presence', status: 503 },
      kind: 'unavailable',
      says: /temporarily unavailable/,
    },
    'presence is over the limit': {
      fault: { pathPattern: '/presence', status: 429, retryAfterSeconds: 60 },
      kind: 'rate_limited',
      says: /\d s/,
    },
  };

  for (const [name, { env, fault, kind, says }] of Object.entries(rows)) {
    testbed(
      `${name}: lists, waits and reads are errors with the cause, and no resource says that there are no calls`,
      async ({ control, stage, agent: start }) => {
        await stage.ringing();
        if (fault) await control.fault({ kind: 'http', ...fault });
        const agent = await start({ ...(env && { env }) });
        for (const [tool, args] of [
          ['list_active_calls', {}],
          ['list_active_calls', { fresh: true }],
          ['wait_for_call_event', { timeoutSeconds: 1 }],
          ['wait_for_call_event', { until: 'Proceeding', timeoutSeconds: 1 }],
        ] as const) {
          const answer = await agent.call(tool, args);
          expect(answer.isError).toBe(true);
          expect(answer.structuredContent?.error).toMatchObject({
            kind,
            message: expect.stringMatching(says),
          });
          expect(textOf(answer)).not.toMatch(/no (active )?calls?|time is up/i);
        }
        const told = await agent.read(sessions);
        expect(told).toMatchObject({ total: null, asOf: null, stale: true, sessions: [] });
        expect(told.reason).toMatch(/./);
        expect(told.feed).toMatchObject({ stale: true, asOf: null });
      },
    );
  }

  testbed(
    'a call is read all the same where only presence fails, and an unknown one is an error with the cause',
    async ({ control, stage, agent: start }) => {
      const { telephonySessionId, partyId } = await stage.ringing();
      await control.fault({ kind: 'http', pathPattern: '/presence', status: 503 });
      const agent = await start();
      const read = succeeded(await agent.call('read_call_session_status', { telephonySessionId }));
      expect(read.structuredContent?.call).toMatchObject({ id: telephonySessionId, yourPartyId: partyId });
      await control.fault({ kind: 'http', pathPattern: '/telephony/sessions/', status: 503 });
      const unknown = await agent.call('read_call_session_status', { telephonySessionId: 's-1' });
      expect(unknown.structuredContent?.error).toMatchObject({ kind: 'unavailable' });
    },
  );

  it.concurrent.each([
    ['a refused login', { RC_USER_JWT: 'not.a.jwt' }, /RC_USER_JWT/],
    ['a platform that was never reached', { RC_SERVER_URL: 'http://127.0.0.1:9' }, /ECONNREFUSED/],
  ])(
    '/readyz is 503 with the reason after %s',
    async (_name, env, says) => {
      const sandbox = await startSandboxProcess(...unlimited);
      const server = run(['serve', '--http', '127.0.0.1:0'], { ...environmentOf(sandbox.address), ...env });
      const { url } = await server.logged('listening');
      const ready = async () => {
        const response = await fetch(new URL('/readyz', String(url)));
        return { status: response.status, text: await response.text() };
      };
      expect((await ready()).status).toBe(200);
      const agent = await connect('v2 client, 2025', { http: String(url) });
      expect((await agent.call('list_active_calls')).isError).toBe(true);
      expect(await ready()).toMatchObject({ status: 503, text: expect.stringMatching(says) });
      await agent.close();
      await server.stop();
      await sandbox.stop();
    },
    60_000,
  );
});

describe('after there was a picture', () => {
  testbed('its age is said, and what could not be read since', async ({ control, stage, agent: start }) => {
    const leg = await stage.talking();
    const agent = await start();
    expect((await list(agent)).data).toMatchObject({ total: 1, feed: { stale: false } });
    await control.fault({ kind: 'http', status: 503 });
    await control.fault({ kind: 'ws-refuse', times: 1_000 });
    await control.fault({ kind: 'ws-close' });
    await vi.waitFor(
      async () => expect(textOf(await agent.call('list_active_calls'))).toMatch(/event feed is waiting/),
      { timeout: 20_000, interval: 200 },
    );
    // What was read just before counts as long as it takes to be told.
    await vi.waitFor(
      async () => expect((await list(agent)).text).toContain(`${leg.partyId} is Answered, as of`),
      { timeout: 10_000, interval: 200 },
    );
    const { text, data } = await list(agent);
    expect(text).toMatch(
      /Not verified since \d\d:\d\d:\d\d UTC, \d+ s ago: the event feed is (waiting|recovering|connecting)/,
    );
    expect(text).toContain('could not be read again: RingCentral is temporarily unavailable');
    expect(data?.calls[0].parties.every(({ stale }: { stale: boolean }) => stale)).toBe(true);
    const { telephonySessionId } = leg;
    const read = textOf(await agent.call('read_call_session_status', { telephonySessionId }));
    expect(read).toMatch(/could not be read again now: RingCentral is temporarily unavailable/);
    expect(read).toMatch(/Not verified since/);
  });

  testbed(
    'more than seven calls: all that can be found are shown, and it is said that there may be more',
    async ({ control, stage, agent: start }) => {
      for (let call = 0; call < 9; call += 1) await stage.talking({ phoneNumber: `+1415555010${call}` });
      const { text, data } = await list(await start());
      expect(data?.feed.stale).toBe(true);
      expect(text).toMatch(/at most 7 calls.* may be more/);
      // The platform's other list is up to ten seconds behind (platform.md 8.8).
      await vi.waitFor(async () => expect((await list(await start())).data?.total).toBe(9), {
        timeout: 25_000,
        interval: 1_000,
      });
      expect((await control.state()).calls).toHaveLength(9);
    },
  );

  testbed(
    'a caller in voicemail is not known after a restart, which is said',
    async ({ control, stage, agent: start }) => {
      const leg = await stage.ringing();
      await control.act(leg.telephonySessionId, leg.partyId, 'decline');
      await control.party(leg.telephonySessionId, ({ status }) => /voicemail/i.test(status.code));
      const { text } = await list(await start());
      expect(text).toMatch(/were in voicemail before .* are not shown/);
    },
  );
});

describe('without a permission', () => {
  testbed(
    'ReadPresence: what began before cannot be seen, what begins is told',
    async ({ control, stage, agent: start }) => {
      const before = await stage.ringing();
      const agent = await start({ lacks: 'ReadPresence' });
      const { text, data } = await list(agent);
      expect(text).not.toMatch(/^No active calls/);
      expect(text).toMatch(/cannot be seen: .*ReadPresence/);
      expect(data).not.toHaveProperty('total');
      expect(await agent.read(sessions)).toMatchObject({ total: null, stale: true });
      const wait = agent.call('wait_for_call_event', { until: 'Proceeding', timeoutSeconds: 20 });
      const leg = await stage.ringing({ phoneNumber: '+14155550177' });
      expect((await wait).structuredContent).toMatchObject({ reached: true });
      const told = (await list(agent)).text;
      expect(told).toContain(leg.telephonySessionId);
      expect(told).toMatch(/ReadPresence/);
      expect(told).not.toContain(before.telephonySessionId);
      await control.drop(leg.telephonySessionId);
    },
  );

  testbed(
    'CallControl: that there are calls is said, and why they are not shown',
    async ({ stage, agent: start }) => {
      const agent = await start({ lacks: 'CallControl' });
      const idle = await list(agent);
      expect(idle.text).not.toMatch(/^No active calls/);
      expect(idle.text).toMatch(/CallControl/);
      await stage.ringing();
      const { text, data } = await list(agent);
      expect(text).toMatch(/^1 call, not to be shown/);
      expect(text).toMatch(/CallControl/);
      expect(data?.feed).toMatchObject({ missing: 1, stale: true });
    },
  );

  testbed('ReadAccounts: your call is yours', async ({ stage, agent: start }) => {
    const leg = await stage.talking();
    const agent = await start({ lacks: 'ReadAccounts' });
    const { text, data } = await list(agent);
    expect(text).toContain(`your party ${leg.partyId} is Answered`);
    expect(data?.calls[0].yourPartyId).toBe(leg.partyId);
    succeeded(await agent.call('hold_call_party', { telephonySessionId: leg.telephonySessionId }));
  });

  testbed('WebSocket: a short wait ends with a look', async ({ control, stage, agent: start }) => {
    const agent = await start({ lacks: 'WebSocketsSubscription' });
    await list(agent);
    const { next } = await control.requests();
    const wait = agent.call('wait_for_call_event', { timeoutSeconds: 3 });
    const looks = async () =>
      (await control.requests(next)).requests.filter(
        ({ path, status }) => path.endsWith('/presence') && status === 200,
      ).length;
    await vi.waitFor(async () => expect(await looks()).toBe(1), { timeout: 2_000, interval: 20 });
    const leg = await stage.ringing();
    const answer = await wait;
    expect(answer.structuredContent, textOf(answer)).toMatchObject({ reached: true, timedOut: false });
    expect(textOf(answer)).toContain(`${leg.partyId}: your phone is ringing`);
  });

  testbed('WebSocket: each look reads, and waits poll', async ({ control, stage, agent: start }) => {
    const agent = await start({ lacks: 'WebSocketsSubscription' });
    expect((await list(agent)).text).toMatch(/WebSocket/);
    const wait = agent.call('wait_for_call_event', { until: 'Proceeding', timeoutSeconds: 20 });
    const leg = await stage.ringing();
    expect((await wait).structuredContent).toMatchObject({ reached: true });
    expect((await list(agent)).text).toContain(`your party ${leg.partyId} is Proceeding`);

    // Told as the truth is, however soon after the truth was another.
    await control.act(leg.telephonySessionId, leg.partyId, 'answer', {
      deviceId: await control.deviceId('101'),
    });
    await control.party(
      leg.telephonySessionId,
      ({ id, status }) => id === leg.partyId && status.code === 'Answered',
    );
    expect((await list(agent)).text).toContain(`your party ${leg.partyId} is Answered`);
    await control.act(leg.telephonySessionId, leg.partyId, 'hold');
    const { telephonySessionId } = leg;
    const read = textOf(await agent.call('read_call_session_status', { telephonySessionId }));
    expect(read).toContain(`your party ${leg.partyId} is Hold`);
    expect((await agent.read(`${sessions}/${leg.telephonySessionId}`)).over).toBe(false);
    const other = await stage.ringing({ phoneNumber: '+14155550177' });
    expect((await list(agent)).text).toContain(other.telephonySessionId);
    await control.drop(leg.telephonySessionId);
    expect((await list(agent)).text).not.toContain(leg.telephonySessionId);
    expect((await agent.read(`${sessions}/${leg.telephonySessionId}`)).over).toBe(true);
    await control.drop(other.telephonySessionId);
    expect(await agent.read(sessions)).toMatchObject({ total: 0, stale: true });
  });
});

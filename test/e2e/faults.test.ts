import { describe, expect, it, vi } from 'vitest';
import { type Agent, connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { type Leg, Stage } from './support/operations.ts';
import { environmentOf, type Running, run, startSandboxProcess, withoutLimits } from './support/process.ts';

const sessions = 'ringcentral://telephony/sessions';
const ended = ['Disconnected', 'Gone'];

interface Row {
  sandbox?: string[];
  serve?: string[];
  /** What goes wrong; the call `leg` is answered and the feed live. */
  faults: ({ kind: string } & Record<string, unknown>)[];
  /** The feed does not have to notice: nothing was lost. */
  unnoticed?: true;
}

/** The faults of the sandbox (its README), and those that the official client was measured with. */
const rows: Record<string, Row> = {
  'the socket is closed with 1001': { faults: [{ kind: 'ws-close', code: 1001 }] },
  'the socket is destroyed': { faults: [{ kind: 'ws-close' }] },
  'the upgrade is refused once': { faults: [{ kind: 'ws-refuse', times: 1 }, { kind: 'ws-close' }] },
  'the gateway never greets, once': { faults: [{ kind: 'ws-silent', times: 1 }, { kind: 'ws-close' }] },
  'a frame is malformed': { faults: [{ kind: 'ws-garbage', times: 1 }] },
  'the first frame of a new connection is malformed': {
    faults: [{ kind: 'ws-close' }, { kind: 'ws-garbage', times: 1 }],
  },
  'the recovery fails': { faults: [{ kind: 'ws-recovery-fails', times: 1 }, { kind: 'ws-close' }] },
  'the recovery comes too late': {
    sandbox: ['--recovery-timeout', '200'],
    faults: [{ kind: 'ws-close' }],
  },
  'the recovery fails and the new subscription is refused once': {
    faults: [
      { kind: 'ws-recovery-fails', times: 1 },
      { kind: 'http', method: 'POST', pathPattern: '/subscription', status: 503, times: 1 },
      { kind: 'ws-close' },
    ],
  },
  'the recovery fails and the new subscription is forbidden once': {
    faults: [
      { kind: 'ws-recovery-fails', times: 1 },
      { kind: 'http', method: 'POST', pathPattern: '/subscription', status: 403, times: 1 },
      { kind: 'ws-close' },
    ],
  },
  'the gateway closes idle connections': { sandbox: ['--idle-timeout', '800'], faults: [] },
  'every notification comes twice': { faults: [{ kind: 'ws-duplicate', times: 20 }], unnoticed: true },
  'notifications come in another order': { faults: [{ kind: 'ws-shuffle', count: 3 }], unnoticed: true },
  'the socket is frozen for a while': { faults: [{ kind: 'ws-freeze', ms: 1500 }], unnoticed: true },
  'a notification is lost, at account scope': {
    serve: ['--scope', 'account'],
    faults: [{ kind: 'ws-lose', count: 1 }],
    unnoticed: true,
  },
  'the token request is answered with 503 once': {
    faults: [
      { kind: 'http', pathPattern: '/restapi/oauth/wstoken', status: 503, times: 1 },
      { kind: 'ws-close' },
    ],
  },
  'the token request hangs once': {
    faults: [
      { kind: 'http', pathPattern: '/restapi/oauth/wstoken', hang: true, times: 1 },
      { kind: 'ws-close' },
    ],
  },
  'the token request is answered with 401 once': {
    faults: [
      { kind: 'http', pathPattern: '/restapi/oauth/wstoken', status: 401, times: 1 },
      { kind: 'ws-close' },
    ],
  },
  'the access token has expired': { faults: [{ kind: 'expire-access-token' }, { kind: 'ws-close' }] },
  'both tokens have expired, the JWT is good': {
    faults: [{ kind: 'expire-access-token' }, { kind: 'expire-refresh-token' }, { kind: 'ws-close' }],
  },
  'the login is revoked': { faults: [{ kind: 'revoke-session' }] },
  'reads fail while the picture is read again': {
    faults: [
      { kind: 'ws-recovery-fails', times: 1 },
      { kind: 'http', method: 'GET', pathPattern: '/telephony/sessions/', status: 502, times: 2 },
      { kind: 'http', method: 'GET', pathPattern: '/presence', status: 503, times: 1 },
      { kind: 'ws-close' },
    ],
  },
};

describe('the picture of calls survives', () => {
  it.concurrent.each(Object.entries(rows))(
    '%s',
    async (_name, { sandbox: flags = [], serve = [], faults, unnoticed }) => {
      const testbed = await open(flags, serve);
      const { agent, control, stage, server } = testbed;
      const leg = await stage.talking();
      await shows(agent, leg, 'Answered');
      const before = server.logs.length;

      for (const fault of faults) await control.fault(fault);
      await control.act(leg.telephonySessionId, leg.partyId, 'hold');
      const other = await stage.ringing({ phoneNumber: '+14155550177' });
      await control.act(leg.telephonySessionId, leg.partyId, 'mute');

      await shows(agent, leg, 'Hold');
      await shows(agent, other, 'Proceeding');
      await reaches(agent, 'live');
      await equalsTruth(agent, control);
      if (!unnoticed) {
        const noticed = () => server.logs.slice(before).filter(({ msg }) => msg === 'event feed').length;
        await eventually(() => expect(noticed()).toBeGreaterThan(1));
        await reaches(agent, 'live');
      }
      await testbed.close();
    },
    60_000,
  );

  it.concurrent('a call whose events were lost with the connection, of which nothing else tells', async () => {
    const { agent, control, stage, close } = await open([], []);
    await control.fault({ kind: 'ws-lose', count: 10 });
    await control.fault({ kind: 'ws-close' });
    const leg = await stage.ringing({ phoneNumber: '+14155550177' });
    await shows(agent, leg, 'Proceeding');
    await equalsTruth(agent, control);
    await close();
  }, 60_000);

  it.concurrent('a rate limit, and waits as long as it is told', async () => {
    const { agent, control, stage, close } = await open([], []);
    const leg = await stage.talking();
    await shows(agent, leg, 'Answered');
    const { next } = await control.requests();
    await control.fault({
      ...{ kind: 'http', pathPattern: '/restapi/oauth/wstoken', times: 1 },
      ...{ status: 429, errorCode: 'CMN-301', retryAfterSeconds: 4 },
    });
    await control.fault({ kind: 'ws-close' });
    await control.act(leg.telephonySessionId, leg.partyId, 'hold');
    await shows(agent, leg, 'Hold');
    await reaches(agent, 'live');
    const { requests } = await control.requests(next);
    const tokens = requests.filter(({ path }) => path === '/restapi/oauth/wstoken') as unknown as {
      time: string;
      status: number;
    }[];
    expect(tokens.map(({ status }) => status)).toEqual([429, 200]);
    const [refused, taken] = tokens.map(({ time }) => Date.parse(time));
    expect((taken ?? 0) - (refused ?? 0)).toBeGreaterThanOrEqual(4000);
    await close();
  }, 60_000);

  it.concurrent('a platform that refuses connections: shows what it knew, says how old that is and why, and acts on nothing', async () => {
    const { agent, stage, sandbox, close } = await open([], []);
    const leg = await stage.talking();
    await shows(agent, leg, 'Answered');
    await sandbox.stop();
    await eventually(async () => {
      const feed = await agent.read('ringcentral://telephony/feed');
      expect(feed).toMatchObject({ stale: true, reason: expect.stringContaining('ECONNREFUSED') });
    });
    // Not `stale`: the call may have been read just before, and that counts for half a minute.
    await shows(agent, leg, 'Answered');
    const { structuredContent } = await agent.call('hold_call_party', leg);
    expect(structuredContent?.error?.kind).toBe('unavailable');
    await close();
  }, 60_000);

  it.concurrent('an answer that never comes: says that the outcome is unknown, and acts once', async () => {
    const { agent, control, stage, close } = await open([], []);
    const leg = await stage.talking();
    await shows(agent, leg, 'Answered');
    const { next } = await control.requests();
    await control.fault({
      kind: 'http',
      method: 'POST',
      pathPattern: '/hold',
      applyThenDrop: true,
      times: 1,
    });
    const { structuredContent } = await agent.call('hold_call_party', leg);
    expect(structuredContent?.error?.kind).toBe('unknown_outcome');
    await shows(agent, leg, 'Hold');
    const { requests } = await control.requests(next);
    expect(requests.filter(({ path }) => path.endsWith('/hold'))).toHaveLength(1);
    await close();
  }, 60_000);

  it.concurrent('a missing permission: ends, and says which', async () => {
    const { agent, control, close } = await open([], [], false);
    await control.fault({
      ...{ kind: 'http', pathPattern: '/restapi/oauth/wstoken', times: 5 },
      ...{ status: 403, errorCode: 'CMN-401' },
    });
    await agent.resources();
    await reaches(agent, 'denied');
    const feed = await agent.read('ringcentral://telephony/feed');
    expect(feed).toMatchObject({ stale: true, reason: expect.stringMatching(/permission/i) });
    await close();
  });
});

interface Testbed {
  agent: Agent;
  sandbox: Running;
  control: Control;
  stage: Stage;
  server: Running;
  /** Ends both in order; the server must have lived all the time, without a complaint of the runtime. */
  close(): Promise<void>;
}

async function open(flags: string[], serve: string[], untilLive = true): Promise<Testbed> {
  const sandbox = await startSandboxProcess(
    ...withoutLimits('what is refused is the fault’s doing alone'),
    ...flags,
  );
  const control = new Control(sandbox.address.controlUrl);
  const server = run(
    ['serve', '--http', '127.0.0.1:0', '--log-level', 'debug', ...serve],
    environmentOf(sandbox.address),
  );
  const { url } = await server.logged('listening');
  const agent = await connect('v2 client, 2025', { http: String(url) });
  if (untilLive) {
    await agent.resources();
    await reaches(agent, 'live');
  }
  return {
    agent,
    sandbox,
    control,
    stage: new Stage(control),
    server,
    async close() {
      expect(server.child.exitCode).toBe(null);
      expect(server.stderr()).not.toMatch(/unhandled|uncaught|defect|ExperimentalWarning/i);
      await agent.close();
      expect(await server.stop()).toBe(0);
      await sandbox.stop();
    },
  };
}

/** Not `expect.poll`: it does not know its test where several run at once. */
const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 25_000, interval: 50 });

const reaches = (agent: Agent, state: string) =>
  eventually(async () => expect((await agent.read('ringcentral://telephony/feed')).state).toBe(state));

const shows = (agent: Agent, { telephonySessionId, partyId }: Leg, code: string) =>
  eventually(async () => {
    const party = await agent.read(`${sessions}/${telephonySessionId}/parties/${partyId}`);
    expect(party.status.code).toBe(code);
  });

interface Shown {
  id: string;
  extensionId?: string;
  status: { code: string };
  muted?: boolean;
}

/** The login's own live parties, as the sandbox and as the resources have them. */
async function equalsTruth(agent: Agent, control: Control) {
  const me = await control.extensionId('101');
  const mine = (calls: { parties: Shown[] }[]) =>
    calls
      .flatMap(({ parties }) => parties)
      .filter(({ extensionId, status }) => String(extensionId) === me && !ended.includes(status.code))
      .map(({ id, status, muted }) => `${id} ${status.code} ${muted ?? false}`)
      .sort();
  await eventually(async () => {
    const { sessions: shown } = await agent.read(sessions);
    expect(mine(shown)).toEqual(mine((await control.state()).calls));
  });
}

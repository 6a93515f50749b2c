import { afterEach, describe, expect, it } from 'vitest';
import { hashPasscode } from '../../src/guard/approvals/passcode.ts';
import { hasRedis, withoutRedis } from '../support/redis.ts';
import type { Agent, ToolAnswer } from './support/agents.ts';
import { Stage, succeeded } from './support/operations.ts';
import { withoutLimits } from './support/process.ts';
import { type Replicas, startReplicas } from './support/replicas.ts';

type Told = NonNullable<ToolAnswer['structuredContent']> & { text: string };

const soon = { timeout: 30_000 };

describe.skipIf(!hasRedis)(hasRedis ? 'what replicas do for each other' : withoutRedis, () => {
  let team: Replicas;
  let stage: Stage;
  const begin = async (serve: string[] = [], env: Record<string, string> = {}) => {
    const sandbox = withoutLimits('plans, and what they wait for, at several replicas');
    team = await startReplicas({ count: 2, sandbox, serve, env });
    await team.control.patch('/account', { ringSeconds: 300 });
    stage = new Stage(team.control);
    const [first, second] = team.replicas;
    if (!first || !second) throw new Error('two replicas were started');
    return { first, a: await first.agent(), b: await second.agent(), second };
  };
  afterEach(() => team.close());

  const use = async (agent: Agent, name: string, args: object = {}) => {
    const { structuredContent = {}, content } = succeeded(await agent.call(name, args));
    return { ...structuredContent, text: content[0]?.text ?? '' } as Told;
  };
  const code = async (id: string) => {
    const extensionId = await team.control.extensionId('101');
    const { parties } = await team.control.call(id);
    return parties.find((party) => String(party.extensionId) === extensionId)?.status.code;
  };
  const sent = async (method: string, end: string) => {
    const { requests } = await team.control.requests();
    return requests.filter((request) => request.method === method && request.path.endsWith(end)).length;
  };

  it('a plan of one is seen, waited for and cancelled at the other', async () => {
    const { a, b } = await begin();
    const { telephonySessionId } = await stage.talking();
    const begun = use(a, 'consult_and_transfer', { colleague: '102' });
    await team.control.ringsAt('102');
    const { plans } = await b.read('ringcentral://plans');
    expect(plans).toMatchObject([{ planId: 'p1', state: 'running', calls: { caller: telephonySessionId } }]);
    const refused = await b.call('consult_and_transfer', { colleague: '103' });
    expect(refused.structuredContent?.error?.message).toContain('Another plan, p1, has this call');
    const waited = use(b, 'wait_for_call_event', { planId: 'p1', timeoutSeconds: 25 });
    const cancelled = await use(b, 'cancel_plan', { planId: 'p1' });
    expect(cancelled.plan).toMatchObject({ state: 'ended', ending: 'returned' });
    expect(await waited).toMatchObject({ reached: true, plan: cancelled.plan });
    expect((await begun).plan.state).toBe('ended');
    expect(await code(telephonySessionId)).toBe('Answered');
  });

  it.each([
    ['is killed', 'kill'],
    ['stands still, and comes back,', 'freeze'],
    ['was not heard of for too long', 'forget'],
  ] as const)(
    'the plan of a replica that %s is over; nobody goes on with it, and all tell who is on hold',
    async (_, how) => {
      const { first, a, b } = await begin();
      const { telephonySessionId } = await stage.talking();
      const begun = a.call('consult_and_transfer', { colleague: '102' }).catch(() => {});
      await team.control.ringsAt('102');
      await expect.poll(async () => (await b.read('ringcentral://plans')).onHold, soon).toHaveLength(1);
      const acts = () =>
        Promise.all([sent('POST', '/hold'), sent('POST', '/unhold'), sent('POST', '/call-out')]);
      const before = await acts();
      if (how === 'forget') {
        const leases = await team.redis.cli('KEYS', '*:plans:*:replicas');
        await team.redis.cli('DEL', leases);
      } else await first[how]();
      const { plan, text } = await use(b, 'wait_for_call_event', { planId: 'p1', timeoutSeconds: 25 });
      expect(plan).toMatchObject({ state: 'ended', ending: 'stopped' });
      expect(text).toContain('It was interrupted');
      const told = async () => (await b.call('list_active_calls')).content[0]?.text ?? '';
      // One that lives looks after whom it has on hold.
      if (how !== 'forget')
        await expect
          .poll(told, soon)
          .toMatch(/ON HOLD since .* because of plan p1 of a replica of this server/);
      if (how === 'freeze') {
        first.thaw();
        await begun;
      }
      expect(await acts()).toEqual(before);
      expect(await code(telephonySessionId)).toBe('Hold');
      await expect
        .poll(async () => (await b.call('unhold_call_party', { telephonySessionId })).isError, soon)
        .toBeFalsy();
      await expect.poll(told, soon).not.toContain('ON HOLD');
    },
  );

  it('a call whose time is up is ended, once, though the replica that placed it was killed', async () => {
    const { first, a, b } = await begin();
    const placed = await use(a, 'create_call_out_call_session', {
      ...{ fromDeviceId: await team.control.deviceId('101'), toExtensionNumber: '102' },
      hangUpAfterSeconds: 15,
    });
    const { id } = placed.call;
    await first.kill();
    await expect.poll(() => sent('DELETE', `/${id}`), { timeout: 60_000 }).toBe(1);
    const { text } = await use(b, 'wait_for_call_event', { telephonySessionId: id, after: placed.cursor });
    expect(text).toContain('Nobody had answered in time: this server ended the call');
    expect(await sent('DELETE', `/${id}`)).toBe(1);
  });

  it('the operator answers at one page what an agent asked at another replica', async () => {
    const passcode = 'correct horse battery';
    const env = { RC_MCP_APPROVALS_PASSCODE_HASH: await hashPasscode(passcode) };
    const { a, first, second } = await begin(['--approvals', '127.0.0.1:0'], env);
    const [pageA, pageB] = await Promise.all(
      [first, second].map(async ({ server }) => String((await server.logged('approvals')).url)),
    );
    const { telephonySessionId } = await stage.talking();
    const post = (url: string, body: object, headers: object = {}) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    const { token } = (await (await post(`${pageA}login`, { passcode })).json()) as { token: string };
    const authorization = `Bearer ${token}`;
    const ended = use(a, 'delete_call_session', { telephonySessionId });
    const { body } = await fetch(`${pageB}questions`, { headers: { authorization } });
    let id: string | undefined;
    let text = '';
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      id = /"id":"([\w-]+)"/.exec(text)?.[1];
      if (id) break;
    }
    const answers = await Promise.all(
      [pageA, pageB].map((page) => post(`${page}questions/${id}`, { answer: 'yes' }, { authorization })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
    expect((await ended).outcome).toBe('observed');
    expect(await sent('DELETE', `/${telephonySessionId}`)).toBe(1);
  });
});

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foldStatus } from '../../src/ringcentral/wire/session.ts';
import { type Agent, connect } from './support/agents.ts';
import type { Control, TrueParty } from './support/control.ts';
import { type Leg, type Stage, succeeded } from './support/operations.ts';
import { environmentOf, withoutLimits } from './support/process.ts';
import { type E2eTestbed, startE2eTestbed } from './support/testbed.ts';

/*
 * What an agent is told of others at extension scope, where no event tells: text and structure, judged by the sandbox's
 * truth at that moment.
 */

/** What is told without its age may be so old: a reading counts as fresh for three seconds, and has to come. */
const allowanceMs = 4_000;

const sessions = 'ringcentral://telephony/sessions';
const isOnLine = ({ status }: TrueParty) => !/^(Disconnected|Gone)$/.test(status.code);

let testbed: E2eTestbed;
let control: Control;
let stage: Stage;
let agent: Agent;

beforeEach(async () => {
  testbed = await startE2eTestbed('v2 client, 2025', {
    serve: ['--policy', 'trusted'],
    sandbox: withoutLimits('the agent looks several times a second, so that no moment is missed'),
  });
  ({ control, stage, agent } = testbed);
  await agent.call('list_active_calls', { detail: true });
});
afterEach(() => testbed.close());

const call = async (name: string, args: object = {}) => {
  const answer = succeeded(await agent.call(name, args));
  return { text: answer.content[0]?.text ?? '', data: answer.structuredContent };
};

/** "p-1 is Answered" in the text, without what says how old it is. */
const claims = (text: string): [string, string][] =>
  [...text.matchAll(/(p-[\w-]+) is (\w+)(?:\/\w+)?(?: \([^)]*\))?(, as of)?/g)].flatMap(
    ([, id = '', code = '', age]): [string, string][] => (age ? [] : [[id, code]]),
  );

/** A call is in Setup for some 40 ms before it rings: too short to be seen from here each time. */
const phaseOf = (code: string): string => (code === 'Setup' ? 'Proceeding' : foldStatus(code));

/** Watches the truth, and says when each party was in which state. */
class Past {
  readonly #states = new Map<string, { code: string; until: number }[]>();

  async note(): Promise<void> {
    const now = Date.now();
    for (const { parties } of (await control.state()).calls) {
      for (const { id, status } of parties) {
        const states = this.#states.get(id) ?? [];
        const last = states.at(-1);
        const code = phaseOf(status.code);
        if (last?.code === code) last.until = now;
        else states.push({ code, until: now });
        this.#states.set(id, states);
      }
    }
  }

  /** Claims that have not been true within the allowance. */
  lies(text: string): string[] {
    const since = Date.now() - allowanceMs;
    return claims(text).flatMap(([id, code]) => {
      const states = this.#states.get(id) ?? [];
      return states.some((state) => state.code === phaseOf(code) && state.until >= since)
        ? []
        : [`${id} is ${code}`];
    });
  }
}

/** Looks for `ms` in all ways in which an agent looks, without any lie. */
async function looks(past: Past, { telephonySessionId }: Pick<Leg, 'telephonySessionId'>, times: number) {
  for (let look = 0; look < times; look += 1) {
    await past.note();
    const told = [
      (await call('list_active_calls', { detail: true })).text,
      (await call('wait_for_call_event', { timeoutSeconds: 1 })).text,
    ];
    if (look % 2 === 0) told.push((await call('read_call_session_status', { telephonySessionId })).text);
    await past.note();
    for (const text of told) expect(past.lies(text)).toEqual([]);
  }
}

describe('a transfer', () => {
  it.each(['at once', 'later'])(
    'whose target answers %s is told as it is, or with its age',
    async (when) => {
      const leg = await stage.talking();
      const { telephonySessionId } = leg;
      const past = new Past();
      await call('transfer_call_party', { telephonySessionId, extensionNumber: '102' });
      const target = await control.extensionId('102');
      const isTarget = ({ extensionId }: TrueParty) => String(extensionId) === target;
      const rings = (party: TrueParty) => isTarget(party) && party.status.code === 'Proceeding';
      const bob = await control.party(telephonySessionId, rings);
      if (when === 'later') await looks(past, leg, 4);
      await past.note();
      await control.act(telephonySessionId, bob.id, 'answer', { deviceId: await control.deviceId('102') });
      await control.party(telephonySessionId, (party) => isTarget(party) && party.status.code === 'Answered');
      // Without anybody who asks for this call: the list gets there by itself.
      await expect
        .poll(async () => (await call('list_active_calls', { detail: true })).text, { timeout: 20_000 })
        .toContain(`${bob.id} is Answered`);
      await looks(past, leg, 5);
      expect((await call('read_call_session_status', { telephonySessionId })).text).toContain(
        `${bob.id} is Answered.`,
      );
      await control.drop(telephonySessionId);
    },
    60_000,
  );
});

describe('another party', () => {
  it('that is older than the allowance is told with its age by the list, and read again by who reads the call', async () => {
    const leg = await stage.consulting();
    const { telephonySessionId } = leg;
    const bob = await control.party(telephonySessionId, ({ id }) => id !== leg.partyId);
    await expect
      .poll(async () => (await call('list_active_calls', { detail: true })).text, { timeout: 20_000 })
      .toMatch(new RegExp(`${bob.id} is Answered, as of \\d+ s ago`));
    await control.act(telephonySessionId, bob.id, 'hold');
    const party = await call('read_call_party_status', { telephonySessionId, partyId: bob.id });
    expect(party.text).toContain(`${bob.id} is Hold`);
    await expect
      .poll(async () => (await call('list_active_calls', { detail: true })).text, { timeout: 20_000 })
      .toMatch(/as of \d+ s ago/);
    await control.act(telephonySessionId, bob.id, 'unhold');
    const read = await agent.read(`${sessions}/${telephonySessionId}`);
    expect(read.parties.find(({ id }: { id: string }) => id === bob.id)).toMatchObject({
      status: { code: 'Answered' },
      stale: false,
    });
  }, 60_000);

  it('is told with its age and the reason where it cannot be read again', async () => {
    const leg = await stage.consulting();
    const { telephonySessionId } = leg;
    await call('read_call_session_status', { telephonySessionId });
    await control.fault({
      kind: 'http',
      pathPattern: '/telephony/sessions/',
      status: 429,
      retryAfterSeconds: 2,
    });
    await expect
      .poll(async () => (await call('read_call_session_status', { telephonySessionId })).text, {
        timeout: 20_000,
      })
      .toMatch(/, as of \d+ s ago.* It could not be read again now: .*(refuses|limit)/);
    await control.clearFaults();
  }, 60_000);

  it('is read once for all who ask at the same time', async () => {
    const { telephonySessionId } = await stage.consulting();
    await call('read_call_session_status', { telephonySessionId });
    await expect
      .poll(async () => (await call('list_active_calls', { detail: true })).text, { timeout: 20_000 })
      .toMatch(/as of \d+ s ago/);
    const { next } = await control.requests();
    await Promise.all(
      Array.from({ length: 20 }, () => call('read_call_session_status', { telephonySessionId })),
    );
    const { requests } = await control.requests(next);
    expect(requests.filter(({ path }) => path.endsWith(telephonySessionId)).length).toBeLessThanOrEqual(2);
  }, 60_000);
});

describe('a wait', () => {
  it('for a call or party that nobody knows ends with not_found at once', async () => {
    const leg = await stage.talking();
    const other = await stage.consulting();
    const unknown = [
      { telephonySessionId: 's-0000000000000' },
      { telephonySessionId: leg.telephonySessionId.toUpperCase() },
      { telephonySessionId: leg.telephonySessionId, partyId: other.partyId },
      { telephonySessionId: 's-0000000000000', partyId: leg.partyId },
      { partyId: 'p-0000000000000-1' },
      { partyId: 'nobody' },
    ];
    for (const args of unknown) {
      for (const until of [undefined, 'Answered', 'left']) {
        const answer = await agent.call('wait_for_call_event', {
          ...args,
          ...(until && { until }),
          timeoutSeconds: 20,
        });
        expect(answer.structuredContent?.error, JSON.stringify(args)).toMatchObject({ kind: 'not_found' });
      }
    }
  }, 60_000);

  it('for a call that ended before the server started says that it is over', async () => {
    const { telephonySessionId } = await stage.talking();
    await control.drop(telephonySessionId);
    const late = await connect('v2 client, 2025', {
      stdio: { args: ['serve'], env: environmentOf(testbed.address) },
    });
    const answer = await late.call('wait_for_call_event', { telephonySessionId, timeoutSeconds: 20 });
    expect(answer.structuredContent).toMatchObject({ reached: false, timedOut: false, call: { over: true } });
    expect(answer.content[0]?.text).toMatch(/is over/);
    await late.close();
  }, 60_000);
});

describe('a conference', () => {
  it('is one thing with its people, and its members are no calls of their own', async () => {
    const opened = await call('create_conference_call_session');
    const conference: string = opened.data?.call.id;
    expect(opened.text).toMatch(/nobody has joined yet/);
    expect((await call('list_active_calls', { detail: true })).text).not.toMatch(/not your call/);
    const { args, leg } = { ...(await bring(conference)) };
    const brought = await call('create_call_party_with_bring_in', args);
    expect(brought.text).toMatch(/conference participant \S+ \(join(?:ing|ed), since .*from call/);
    const participant = brought.data?.party.id;
    const waited = await call('wait_for_call_event', {
      telephonySessionId: conference,
      partyId: participant,
      until: 'Answered',
      timeoutSeconds: 20,
    });
    expect(waited.data).toMatchObject({ reached: true });
    const second = await bring(conference, { phoneNumber: '+14155550177', name: 'Bea' });
    await call('create_call_party_with_bring_in', second.args);

    const joined = async () => {
      const { text, data } = await call('list_active_calls', { detail: true });
      const [shown] = (data?.calls ?? []) as { id: string; members?: Member[] }[];
      expect(shown).toMatchObject({ id: conference });
      expect(text).toMatch(/^1 active call/);
      expect(text).not.toMatch(/not on these/);
      expect(data).toMatchObject({ total: 1, left: [] });
      return shown?.members;
    };
    await expect.poll(joined).toEqual([member(leg), member(second.leg)]);
    const { text } = await call('list_active_calls', { detail: true });
    expect(text).toContain('+14155550123 «untrusted: Ada Outside»');
    expect(text).toContain('+14155550177 «untrusted: Bea»');
    const own = await call('read_call_session_status', { telephonySessionId: leg.telephonySessionId });
    expect(own.data?.call.memberOf).toMatchObject({ telephonySessionId: conference, state: 'joined' });
    expect(own.text).toContain(`is in conference ${conference}`);
    expect((await agent.read(`${sessions}/${conference}`)).members).toHaveLength(2);

    // Who hangs up is no member any more, for who waits and for who looks.
    const left = call('wait_for_call_event', {
      telephonySessionId: conference,
      partyId: participant,
      until: 'left',
      timeoutSeconds: 25,
    });
    const ada = await control.party(leg.telephonySessionId, isOnLine);
    await control.act(leg.telephonySessionId, ada.id, 'hangup');
    expect((await left).data).toMatchObject({ reached: true });
    await expect.poll(joined).toEqual([member(second.leg)]);

    await control.drop(conference);
    await expect
      .poll(async () => (await call('list_active_calls', { detail: true })).data, { timeout: 20_000 })
      .toMatchObject({ total: 0, calls: [] });
  }, 90_000);

  interface Member {
    partyId: string;
    state: string;
    telephonySessionId?: string;
    since?: string;
  }
  const member = ({ telephonySessionId, partyId }: Leg) =>
    expect.objectContaining({
      state: 'joined',
      telephonySessionId,
      since: expect.stringMatching(/Z$/),
      people: [expect.objectContaining({ id: partyId.replace(/-\d+$/, '-1') })],
    });

  async function bring(conference: string, caller?: { phoneNumber: string; name: string }) {
    const { parties } = await control.call(conference);
    if (!parties.some(({ conferenceRole }) => conferenceRole === 'Host')) {
      await control.act(conference, `${conference}-1`, 'join', { deviceId: await control.deviceId('101') });
    }
    const isHost = ({ conferenceRole, status }: TrueParty) =>
      conferenceRole === 'Host' && status.code === 'Answered';
    await control.party(conference, isHost);
    const leg = await stage.talking(caller);
    return {
      leg,
      args: { telephonySessionId: conference, targetTelephonySessionId: leg.telephonySessionId },
    };
  }
});

describe('acts', () => {
  it('that come at once on one call do not contradict themselves', async () => {
    const { telephonySessionId } = await stage.talking();
    await expect
      .poll(async () => (await call('list_active_calls', { detail: true })).text)
      .toContain(telephonySessionId);
    const names = Array.from({ length: 10 }, (_, turn) =>
      turn % 2 ? 'unhold_call_party' : 'hold_call_party',
    );
    const answers = await Promise.all(names.map((name) => agent.call(name, { telephonySessionId })));
    for (const [turn, { isError, content, structuredContent }] of answers.entries()) {
      if (isError) continue;
      const text = content[0]?.text ?? '';
      const wanted = names[turn] === 'hold_call_party' ? 'Hold' : 'Answered';
      expect(structuredContent?.outcome).toBe('observed');
      if (structuredContent?.party.status.code !== wanted) expect(text).toMatch(/has changed since; now:/);
      else expect(text).not.toMatch(/has changed since/);
    }
  }, 60_000);

  it('with an idempotencyKey used before tell what came of it then, and how it is now', async () => {
    const fromDeviceId = await control.deviceId('101');
    const args = { fromDeviceId, toExtensionNumber: '103', idempotencyKey: 'once' };
    const first = await call('create_call_out_call_session', args);
    expect(first.text).toMatch(/only while this server runs/);
    const { id } = first.data?.call ?? {};
    const carol = await control.party(
      id,
      ({ status, direction }) => status.code === 'Proceeding' && direction === 'Inbound',
    );
    await control.act(id, carol.id, 'answer', { deviceId: await control.deviceId('103') });
    await control.party(id, (party) => party.id === carol.id && party.status.code === 'Answered');
    await control.act(id, carol.id, 'hangup');
    await control.party(id, (party) => party.id !== carol.id && !isOnLine(party));
    const again = await call('create_call_out_call_session', args);
    expect(again.text).toMatch(/Not done again: .* was used at .* ago/);
    expect(again.text).toMatch(/That call is over/);
    expect(again.data).toMatchObject({
      repeated: { asOf: expect.stringMatching(/Z$/) },
      call: { id, over: true },
    });
    expect((await control.state()).calls.filter(({ parties }) => parties.some(isOnLine))).toEqual([]);
  }, 60_000);
});

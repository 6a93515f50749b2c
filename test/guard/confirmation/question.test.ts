import { hostileNames } from 'ringcentral-sandbox/testing';
import { describe, expect, test } from 'vitest';
import type { SessionView } from '../../../src/calls/store/views.ts';
import type { Action } from '../../../src/guard/action.ts';
import { clean } from '../../../src/shared/untrusted.ts';
import {
  action,
  hangUp,
  inboundCall,
  internalCall,
  own,
  party,
  session,
  transfer,
} from '../support/fake-ports.ts';
import { guardTestbed } from '../support/guard-testbed.ts';
import { createHost, yes } from '../support/host.ts';

async function questionFor(
  act: Action,
  calls: SessionView[],
  options: Parameters<typeof guardTestbed>[0] = {},
) {
  const { guard, ports } = guardTestbed(options);
  for (const call of calls) ports.sessions.set(call.id, call);
  const host = createHost('2026', guard);
  await host.authorize(act, yes);
  return host.shown[0]?.message ?? '';
}

describe('a question', () => {
  test('says in its first line what happens, to whom and whether it can be undone, then since when and what they hear', async () => {
    const act = hangUp('s-1', {
      effect: {
        does: 'hang up for everyone on the call{withThem}',
        heard: 'Everyone is cut off without an announcement.',
        undo: 'Cannot be undone: the call cannot be brought back.',
      },
    });
    expect(await questionFor(act, [inboundCall('s-1')])).toMatchInlineSnapshot(`
      "An AI agent wants to hang up for everyone on the call with +14155550199 «Carol» (number not verified). Cannot be undone: the call cannot be brought back.
      The call, since 10:58 GMT+1 (1 min):
      - +14155550199 «Carol», connected
      - You, Ann Agent (extension 101), connected
      What they hear: Everyone is cut off without an announcement."
    `);
  });

  test.each([
    ['Answered', 'out of the conversation'],
    ['Hold', 'holding the call and out of the conversation'],
  ])('says of a leg that is %s and out of the conversation that it is', async (status, words) => {
    const call = session('s-1', [
      party('s-1-1', 'Outbound', 'Answered', { phoneNumber: '+14155550199' }),
      { ...party('s-1-2', 'Inbound', status, {}, own.extensionId), standAlone: true },
    ]);
    expect(await questionFor(hangUp('s-1'), [call])).toContain(
      `- You, Ann Agent (extension 101), ${words}\n`,
    );
  });

  test('names a stranger by number beside the claim, a colleague by extension', async () => {
    const question = await questionFor(hangUp('s-1'), [internalCall('s-1')]);
    expect(question).toContain('- You, Ann Agent (extension 101), connected');
    expect(question).toContain('- Bob Boss (extension 102), connected');
    expect(question).not.toContain('not verified');
  });

  test('does not take a claimed extension for one', async () => {
    const call = session('s-1', [
      party('s-1-1', 'Outbound', 'Answered', { phoneNumber: '205', name: 'extension 102 (Bob Boss)' }),
      party('s-1-2', 'Inbound', 'Answered', {}, own.extensionId),
    ]);
    expect(await questionFor(hangUp('s-1'), [call])).toContain(
      '- 205 «extension 102 (Bob Boss)» (number not verified), connected',
    );
  });

  test('names the far end where only the own party is known', async () => {
    const alone = party('s-1-2', 'Inbound', 'Proceeding', {}, own.extensionId);
    const call = session('s-1', [
      { ...alone, from: { phoneNumber: '+14155550199', name: 'Carol' } } as never,
    ]);
    expect(await questionFor(hangUp('s-1'), [call])).toContain(
      '- +14155550199 «Carol» (number not verified)',
    );
  });

  test('does not show the far end of a leg for somebody who is known to have left, nor marks anybody as meant', async () => {
    const own101 = {
      ...party('s-1-2', 'Inbound', 'Answered', {}, own.extensionId),
      from: { phoneNumber: '+14155550199' },
    } as never;
    const alone = session('s-1', [own101]);
    expect(await questionFor(hangUp('s-1'), [alone])).toMatch(/- \+14155550199 \(number not verified\)$/m);
    const left = session('s-1', [
      party('s-1-1', 'Outbound', 'Disconnected', { phoneNumber: '+14155550199' }),
      own101,
    ]);
    expect(await questionFor(hangUp('s-1'), [left])).not.toContain('+14155550199');
  });

  test('marks who is meant where that is not you, and nobody when the whole call is', async () => {
    const drop = (partyId: string) =>
      action('delete_call_party', 'destructive', { telephonySessionId: 's-1', partyId });
    const call = inboundCall('s-1');
    call.parties.push(party('s-1-3', 'Inbound', 'Answered', { phoneNumber: '102' }, '62264013'));
    const marked = (question: string) =>
      question.split('\n').filter((line) => line.endsWith('(the one meant)'));
    expect(marked(await questionFor(drop('s-1-2'), [call]))).toEqual([]);
    expect(marked(await questionFor(drop('s-1-3'), [call]))).toEqual([
      '- Bob Boss (extension 102), connected (the one meant)',
    ]);
    expect(marked(await questionFor(hangUp('s-1'), [call]))).toEqual([]);
  });

  test('does not take the conference for somebody who claims to be it', async () => {
    const end = { phoneNumber: 'conference', name: 'Conference' };
    const host = {
      ...party('c-1-1', 'Outbound', 'Answered', { phoneNumber: '+12055550101' }, own.extensionId),
      to: end,
    };
    const joining = { ...party('c-1-2', 'Inbound', 'Setup', end), conferenceRole: 'Participant' };
    const conference = (...parties: object[]) =>
      session('c-1', parties as never, { origin: { type: 'Conference' } });
    for (const call of [conference(host), conference(host, joining)]) {
      const question = await questionFor(hangUp('c-1'), [call]);
      expect(question).not.toMatch(/«conference»|not verified/i);
      expect(question).toContain('- You, Ann Agent (extension 101), connected');
    }
    expect(await questionFor(hangUp('c-1'), [conference(host, joining)])).toContain(
      '- somebody whose call is brought in, being called',
    );
    // On any other call these are the words of whoever calls.
    const caller = session('s-1', [
      party('s-1-1', 'Outbound', 'Answered', end),
      party('s-1-2', 'Inbound', 'Answered', {}, own.extensionId),
    ]);
    expect(await questionFor(hangUp('s-1'), [caller])).toContain(
      '«conference» «Conference» (number not verified)',
    );
  });

  test('tells who calls from who is called', async () => {
    const ringing = session('s-1', [
      party('s-1-1', 'Outbound', 'Proceeding', { phoneNumber: '+14155550199' }),
      party('s-1-2', 'Inbound', 'Setup', {}, own.extensionId),
    ]);
    const question = await questionFor(hangUp('s-1'), [ringing]);
    expect(question).toContain('+14155550199 (number not verified), calling');
    expect(question).toContain('You, Ann Agent (extension 101), being called');
  });

  test('says where a call goes, with its country, and that it leaves the company', async () => {
    expect(await questionFor(transfer('s-1', '+442079460000'), [inboundCall('s-1')])).toContain(
      'Goes to: +442079460000 (United Kingdom), outside your company',
    );
  });

  test('shows both calls of a bridge', async () => {
    const bridge = action('bridge_call_party', 'redirect', {
      telephonySessionId: 's-1',
      partyId: 's-1-2',
      other: { telephonySessionId: 's-2', partyId: 's-2-2' },
    });
    const question = await questionFor(bridge, [
      inboundCall('s-1'),
      inboundCall('s-2', 'Hold', 'Dave', '+14155550188'),
    ]);
    expect(question).toContain('+14155550199');
    expect(question).toMatch(/The other call.*\n- \+14155550188/);
  });

  test('says that a call is recorded', async () => {
    const call = inboundCall('s-1');
    call.parties[1] = { ...call.parties[1], recordings: [{ id: 'r-1', active: true }] } as never;
    expect(await questionFor(hangUp('s-1'), [call])).toContain('being recorded');
  });

  test('says SANDBOX first in the sandbox, and only there', async () => {
    const calls = [inboundCall('s-1')];
    expect(await questionFor(hangUp('s-1'), calls, { sandbox: true })).toMatch(/^SANDBOX/);
    expect(await questionFor(hangUp('s-1'), calls)).not.toContain('SANDBOX');
  });

  test("fences the model's words and keeps them on one line", async () => {
    const words = 'Bye»\nThe call:\n- nobody «';
    const reply = action('reply_party', 'destructive', {
      telephonySessionId: 's-1',
      partyId: 's-1-2',
      args: { replyWithText: words },
      effect: { does: `have a voice say "${words}"`, heard: 'It.', undo: 'Cannot be undone.' },
    });
    const question = await questionFor(reply, [inboundCall('s-1', 'Proceeding')]);
    expect(question).toContain('The voice says: «Bye The call: - nobody»');
    expect(question.split('\n').filter((line) => line.startsWith('The call'))).toHaveLength(1);
  });

  test('tells why an act is asked about that otherwise is not', async () => {
    const { guard, ports } = guardTestbed();
    const host = createHost('2025', guard);
    for (let call = 1; call <= 6; call += 1) {
      ports.sessions.set(`s-${call}`, inboundCall(`s-${call}`));
      await host.authorize(transfer(`s-${call}`, '+12055550102'), yes);
    }
    expect(host.shown.map(({ message }) => message)).toEqual([
      expect.stringContaining('Asked because: more than 5 different calls within a minute'),
    ]);
  });
});

test.each(hostileNames)('the name %j reaches a question only fenced and stripped', async (name) => {
  const call = session('s-1', [
    party('s-1-1', 'Outbound', 'Answered', { phoneNumber: name || '+14155550199', name }),
    party('s-1-2', 'Inbound', 'Answered', {}, own.extensionId),
  ]);
  const question = await questionFor(hangUp('s-1'), [call]);
  const lines = question.split('\n');
  expect(lines).toHaveLength(5);
  for (const line of lines) {
    expect(line).not.toMatch(/[\p{C}\p{DI}<>[\]{}`|\\*]/u);
    const ours = line.replace(/«[^«»]*»/g, '');
    expect(ours).not.toMatch(/[«»]/);
    if (clean(name).length > 5) expect(ours).not.toContain(clean(name));
  }
});

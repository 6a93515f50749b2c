import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SessionView } from '../../src/calls/store/views.ts';
import { formatCallSummary } from '../../src/presentation/call-summary.ts';
import { formatCallLine } from '../../src/presentation/format.ts';
import { colleague, event, me, reading, storeTestbed } from '../calls/support/store-testbed.ts';
import { type Host, type ServerTestbed, startServerTestbed, yes } from '../server/support/testbed.ts';

/* Texts say in plain words what is so, for how long, and as of when. */

describe('how long', () => {
  const told = (prepare: (testbed: ReturnType<typeof storeTestbed>) => void, laterMs: number) => {
    const testbed = storeTestbed({ scope: 'extension' });
    prepare(testbed);
    testbed.clock.advance(laterMs);
    const call = testbed.calls.session('s-a') as SessionView;
    return {
      line: formatCallLine(call, testbed.clock.now()),
      list: formatCallSummary(call, testbed.clock.now()),
    };
  };

  it('a call rings, from the event that told it', () => {
    const { line, list } = told(({ apply }) => {
      apply(event({ party: 2, sequence: 1, code: 'Setup', extensionId: me, at: 0 }));
      apply(event({ party: 2, sequence: 2, code: 'Proceeding', extensionId: me, at: 0 }));
    }, 12_000);
    expect(line).toContain('p-a-2 is Proceeding (ringing for 12 s)');
    expect(list).toContain('ringing for 12 s');
  });

  it('nothing of a caller is told to ring', () => {
    const { line } = told(({ apply }) => {
      apply(event({ party: 1, sequence: 1, code: 'Setup', direction: 'Outbound', at: 0 }));
    }, 0);
    expect(line).toContain('p-a-1 is Setup (being connected)');
  });

  it('a call is on hold, whatever else changes meanwhile', () => {
    const hold = { party: 2, code: 'Hold', extensionId: me };
    const { line, list } = told(({ apply }) => {
      apply(event({ party: 2, sequence: 2, code: 'Answered', extensionId: me, at: -9_000 }));
      apply(event({ ...hold, sequence: 3, at: 0 }));
      apply(event({ ...hold, sequence: 4, at: 50_000, muted: true }));
    }, 125_000);
    expect(line).toContain('p-a-2 is Hold (on hold for 2 min, muted)');
    expect(list).toContain('holding the call for 2 min, muted');
  });

  it('somebody is parked at least, where a reading found it so', () => {
    const { line, list } = told(({ calls, clock }) => {
      calls.snapshot(
        reading('a', [
          [1, 'Parked'],
          [2, 'Disconnected', me],
        ]),
        calls.stamp(),
      );
      clock.advance(180_000);
      calls.snapshot(
        reading('a', [
          [1, 'Parked'],
          [2, 'Disconnected', me],
        ]),
        calls.stamp(),
      );
    }, 0);
    expect(line).toContain('p-a-1 is Parked (waiting for at least 3 min)');
    expect(list).toContain('parked for at least 3 min as p-a-1');
  });

  it('of a party that may have changed since counts only until it was seen', () => {
    const { line } = told(({ apply, calls, clock }) => {
      apply(event({ party: 1, sequence: 1, code: 'Answered', extensionId: me, at: 0 }));
      calls.snapshot(
        reading('a', [
          [1, 'Answered', me],
          [2, 'Proceeding', colleague],
        ]),
        calls.stamp(),
      );
      clock.advance(10_000);
      calls.snapshot(
        reading('a', [
          [1, 'Answered', me],
          [2, 'Proceeding', colleague],
        ]),
        calls.stamp(),
      );
    }, 40_000);
    expect(line).toContain('is Proceeding (ringing for at least 10 s), as of 40 s ago');
  });

  it('is not said of what is just being read for the first time', () => {
    const { line } = told(
      ({ calls }) => calls.snapshot(reading('a', [[2, 'Proceeding', me]]), calls.stamp()),
      0,
    );
    expect(line).toContain('is Proceeding (ringing)');
  });
});

describe('a stale picture', () => {
  const list = (laterMs: number, parties: Parameters<typeof reading>[1]) => {
    const { calls, clock, apply } = storeTestbed({ scope: 'extension' });
    calls.snapshot(reading('a', parties), calls.stamp());
    apply(event({ party: 2, sequence: 2, code: parties.at(-1)?.[1] ?? '', extensionId: me, at: 0, ...ends }));
    calls.snapshot(reading('a', parties), calls.stamp());
    clock.advance(laterMs);
    return formatCallSummary(calls.session('s-a') as SessionView, clock.now());
  };
  const from = { phoneNumber: '+14155550123' };
  const ends = { from, to: { phoneNumber: '+12055550101' } };

  it('says which party it was, and when', () => {
    const ringing = list(40_000, [
      [1, 'Answered', undefined, { from }],
      [2, 'Proceeding', me, ends],
    ]);
    expect(ringing).toContain('; the caller was there as of 40 s ago');
    const talking = list(40_000, [
      [1, 'Answered', undefined, { from }],
      [2, 'Answered', me, ends],
    ]);
    expect(talking).toContain('; other side on the call, as of 40 s ago');
    expect(ringing + talking).not.toContain('out of date');
  });

  it('says as of when nobody else was on it, and that it was not read yet', () => {
    expect(list(40_000, [[2, 'Answered', me, ends]])).toContain('; nobody else is on it, as of 40 s ago');
    const { calls, apply } = storeTestbed({ scope: 'extension' });
    apply(event({ party: 2, sequence: 2, code: 'Proceeding', extensionId: me, at: 0, ...ends }));
    const call = calls.session('s-a') as SessionView;
    expect(formatCallSummary(call, Date.parse(call.asOf))).toContain(
      '; who else is on it has not been read yet',
    );
  });
});

describe('events', () => {
  let testbed: ServerTestbed;
  let host: Host;
  beforeAll(async () => {
    testbed = await startServerTestbed();
    host = await testbed.liveHost('2025', yes);
  });
  afterAll(() => testbed.close());
  afterEach(async () => {
    await testbed.control.endAll();
  });

  const call102 = async (toExtensionNumber: string) => {
    const { structuredContent } = await host.call('create_call_out_call_session', { toExtensionNumber });
    const telephonySessionId: string = structuredContent.call.id;
    const party = await testbed.control.party(
      telephonySessionId,
      ({ direction, status }) => direction === 'Inbound' && status.code === 'Proceeding',
    );
    return { telephonySessionId, partyId: party.id };
  };
  /** What a wait tells before the line of the call. */
  const waited = async (args: object) => {
    const { text } = await host.call('wait_for_call_event', { timeoutSeconds: 10, ...args });
    return text.slice(0, text.search(/^c\d+ s-|^Next:/m));
  };

  it('say who is ringing, and who has answered', async () => {
    const { telephonySessionId, partyId } = await call102('102');
    expect(await waited({ telephonySessionId, until: 'Proceeding', after: 0 })).toContain(
      ` ${partyId}: Bob Brown is ringing\n`,
    );
    const answering = waited({ telephonySessionId, until: 'Answered' });
    const deviceId = await testbed.control.deviceId('102');
    await testbed.control.act(telephonySessionId, partyId, 'answer', { deviceId });
    expect(await answering).toContain(` ${partyId}: Bob Brown has answered\n`);
  });

  it('say whose voicemail took the call, and why nobody will answer', async () => {
    const { telephonySessionId, partyId } = await call102('103');
    await testbed.control.act(telephonySessionId, partyId, 'decline');
    const text = await waited({ telephonySessionId, until: 'Answered' });
    const words = "Carol Clark's voicemail took the call (no answer)";
    expect(text).toContain(`Not Answered, and it will not be: ${words}.`);
    expect(text).toContain(` ${partyId}: ${words}\n`);
    expect(text).not.toMatch(/VoiceMail|Proceeding|Disconnected/);
  });

  it('tell what you did, step by step, without codes', async () => {
    const { cursor: after } = (await host.call('list_active_calls')).structuredContent;
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    await host.call('hold_call_party', { telephonySessionId });
    await host.call('unhold_call_party', { telephonySessionId });
    await host.call('update_call_party', { telephonySessionId, muted: true });
    await host.call('call_park_party', { telephonySessionId });
    const text = await waited({ telephonySessionId, partyId, after });
    expect(text.split('\n').flatMap((line) => line.split(`${partyId}: `)[1] ?? [])).toEqual([
      'your phone is about to ring: +14155550123 «untrusted: Ada Outside» is calling',
      'your phone is ringing: +14155550123 «untrusted: Ada Outside» is calling',
      'you have answered',
      'you have put the call on hold',
      'you have taken the call off hold',
      'you are muted',
      'you have parked the call, muted',
    ]);
  });
});

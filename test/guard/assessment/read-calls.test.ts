import { expect, test } from 'vitest';
import type { SessionView } from '../../../src/calls/store/views.ts';
import type { ReadyRequest } from '../../../src/guard/contract.ts';
import { action, hangUp, hold, inboundCall, own, party, session } from '../support/fake-ports.ts';
import { guardTestbed } from '../support/guard-testbed.ts';
import { asker, createHost, failure, yes } from '../support/host.ts';

/** What an act touches is read again, however little the call itself has changed. */

const operator = '911';

/** `c-1`: 101 hosts a conference into which the call `g-1` was brought. */
function conference(): SessionView {
  const peerId = { partyId: 'g-1-2', sessionId: 'g', telephonySessionId: 'g-1' };
  const brought = party('c-1-2', 'Inbound', 'Gone', {});
  return session(
    'c-1',
    [
      party('c-1-1', 'Outbound', 'Answered', { phoneNumber: '101' }, own.extensionId),
      { ...brought, status: { ...brought.status, peerId }, conferenceRole: 'Participant' },
    ],
    {
      origin: { type: 'Conference' },
      links: [{ telephonySessionId: 'g-1', partyId: 'g-1-2', reason: 'Conference' }],
    },
  );
}

/** The call `g-1`, which was brought into `c-1`. */
const participant = (number: string): SessionView => ({
  ...inboundCall('g-1', 'Gone', 'Guest', number),
  links: [{ telephonySessionId: 'c-1', partyId: 'c-1-2', reason: 'Conference' }],
});

function open() {
  const { guard, ports, clock } = guardTestbed();
  ports.sessions.set('c-1', conference());
  ports.sessions.set('g-1', participant('+14155550199'));
  return { guard, ports, clock, host: createHost('2025', guard) };
}

const muteConference = action('update_call_party', 'reversible', {
  telephonySessionId: 'c-1',
  partyId: 'c-1-1',
  args: { telephonySessionId: 'c-1', partyId: 'c-1-1', muted: true },
});

test('who was brought in is read again after fifteen seconds, though the conference is as it was', async () => {
  const { ports, clock, host } = open();
  await host.authorize(muteConference);
  ports.sessions.set('g-1', participant(operator));
  clock.advance(15_000);
  expect((await failure(host.authorize(muteConference))).message).toContain('Emergency services');
});

test('somebody in the conference whose call is not shown any more is somebody all the same', async () => {
  const { ports, host } = open();
  ports.show(inboundCall('s-1'));
  ports.sessions.delete('g-1');
  await host.authorize(muteConference, yes);
  expect(host.shown).toHaveLength(1);
  // With an emergency call just now it may be the one who was called.
  ports.show(inboundCall('s-1', 'Answered', 'Operator', operator));
  expect((await failure(host.authorize(muteConference, yes))).message).toContain('Emergency services');
});

test('the conference that a call was brought into is read before the call is ended', async () => {
  const { ports, host } = open();
  const emergency = party('c-1-3', 'Inbound', 'Answered', { phoneNumber: operator });
  ports.sessions.set('c-1', { ...conference(), parties: [...conference().parties, emergency] });
  expect((await failure(host.authorize(hangUp('g-1'), yes))).message).toContain('Emergency services');
  expect(host.shown).toEqual([]);
});

test('an act that had to wait after the look is judged on a new one', async () => {
  const { guard, ports, clock } = open();
  ports.sessions.set('s-1', inboundCall('s-1'));
  let isSlow = true;
  const ready: ReadyRequest<object> = {
    async send(_body, beforeSend) {
      if (isSlow) clock.advance(2_001);
      if (isSlow) ports.sessions.set('s-1', inboundCall('s-1', 'Answered', 'Operator', operator));
      isSlow = false;
      beforeSend();
      return {};
    },
    cancel() {},
  };
  const running = guard.run<object, undefined>(hold('s-1'), await asker('2025', guard, undefined), {
    prepare: async () => ready,
    async execute({ send }) {
      await send(undefined);
      throw new Error('it was sent');
    },
  });
  expect((await failure(running)).message).toContain('Emergency services');
});

test('a flip number is read again where the call took long to read', async () => {
  const { guard, ports, clock } = open();
  ports.sessions.set('s-1', inboundCall('s-1'));
  const { flipNumbers } = ports.directory;
  let isSlow = true;
  ports.directory.flipNumbers = async () => {
    const numbers = await flipNumbers();
    if (isSlow) clock.advance(2_001);
    isSlow = false;
    return numbers;
  };
  const flip = action('call_flip_party', 'redirect', {
    telephonySessionId: 's-1',
    partyId: 's-1-2',
    targets: [{ kind: 'callFlipId', value: '2' }],
  });
  await createHost('2025', guard).authorize(flip);
  expect(ports.requests.filter((request) => request === 'look up flip numbers')).toHaveLength(2);
});

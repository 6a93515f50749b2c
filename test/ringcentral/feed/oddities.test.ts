import { afterEach, expect, it } from 'vitest';
import { type OddGateway, openOddGateway } from '../support/odd-gateway.ts';

let gateway: OddGateway;
afterEach(() => gateway.close());

const live = async (oddities: Parameters<typeof openOddGateway>[0] = {}): Promise<void> => {
  gateway = await openOddGateway(oddities);
  gateway.feed.start();
  await gateway.seen.untilState('live');
};
const event = (uuid: string, sequence = 2) => [
  { type: 'ServerNotification', messageId: uuid, status: 200 },
  {
    uuid,
    event: '/restapi/v1.0/account/1/extension/2/telephony/sessions',
    body: {
      sequence,
      telephonySessionId: 's-1',
      eventTime: '2026-01-01T00:00:00Z',
      parties: [{ id: 'p-1-1', status: { code: 'Proceeding' } }],
    },
  },
];

it("answers the gateway's own heartbeat with the same id, and its own echo with nothing", async () => {
  await live();
  gateway.send({ type: 'Heartbeat', messageId: 'theirs' });
  await gateway.received(([{ type, messageId }]) => type === 'Heartbeat' && messageId === 'theirs');
  const [own] = await gateway.received(
    ([{ type, messageId }]) => type === 'Heartbeat' && messageId !== 'theirs',
  );
  gateway.send(own);
  gateway.send({ type: 'Heartbeat', messageId: 'last' });
  await gateway.received(([{ messageId }]) => messageId === 'last');
  expect(gateway.connections).toBe(1);
});

it('takes an event that comes before the answer to the subscription', async () => {
  gateway = await openOddGateway({
    subscription: ([{ type, messageId }]) => {
      if (type === 'ClientRequest') gateway.send(...event('early'));
      return [{ type, messageId, status: 200 }, {}];
    },
  });
  gateway.feed.start();
  await gateway.seen.untilState('live');
  expect(gateway.seen.events).toHaveLength(1);
});

it('passes presence on', async () => {
  await live();
  gateway.send(
    { type: 'ServerNotification', messageId: 'p' },
    {
      uuid: 'p',
      event: '/restapi/v1.0/account/1/extension/2/presence?detailedTelephonyState=true',
      body: { extensionId: 2, telephonyStatus: 'Ringing', activeCalls: [] },
    },
  );
  await gateway.seen.until(({ presences }) => presences.length > 0);
  expect(gateway.seen.presences[0]).toMatchObject({ extensionId: '2', telephonyStatus: 'Ringing' });
});

it.each([
  ['no JSON', '[{"type":"Serv'],
  ['no array', '{"type":"ServerNotification"}'],
  ['no type', '[{}]'],
  ['binary', Buffer.from([0, 1, 2])],
  ['an event without its body', '[{"type":"ServerNotification"},{"event":"/telephony/sessions","body":{}}]'],
  ['a notification without anything', '[{"type":"ServerNotification"}]'],
])('tells of a gap after a message with %s, and stays connected', async (_, data) => {
  await live();
  gateway.seen.gaps.length = 0;
  gateway.sendRaw(data);
  await gateway.seen.until(({ gaps }) => gaps.length > 0);
  gateway.send(...event('after'));
  await gateway.seen.until(({ events }) => events.length > 0);
  expect(gateway.connections).toBe(1);
});

it('ignores kinds of messages and notifications that it does not know', async () => {
  await live();
  gateway.seen.gaps.length = 0;
  gateway.send({ type: 'Surprise', messageId: 'x' });
  gateway.send({ type: 'ServerNotification' }, { uuid: 'm', event: '/restapi/v1.0/message-store', body: {} });
  gateway.send(...event('after'));
  await gateway.seen.until(({ events }) => events.length > 0);
  expect(gateway.seen.gaps).toEqual([]);
});

it.each(['WSG-902', 'WSG-903'])('comes back after Error %s', async (errorCode) => {
  await live();
  gateway.send({ type: 'Error', messageId: 'e' }, { errorCode, message: 'timeout' });
  await gateway.seen.until(() => gateway.connections === 2);
  await gateway.seen.untilState('live');
});

it('tries again when the subscription is not answered, and when it is answered with an error', async () => {
  const answers = [undefined, 503, 200];
  await live({
    subscription: ([{ type, messageId }]) => {
      const status = type === 'ClientRequest' ? answers.shift() : 200;
      return status === undefined ? undefined : [{ type, messageId, status, headers: {} }, {}];
    },
  });
  expect(gateway.connections).toBe(3);
});

it('does not take a subscription for good whose filter is switched off', async () => {
  gateway = await openOddGateway({
    subscription: ([{ type, messageId }]) => [
      { type, messageId, status: 200 },
      { disabledFilters: [{ filter: '/restapi/v1.0/account/1/telephony/sessions', message: 'no right' }] },
    ],
  });
  gateway.feed.start();
  await gateway.seen.untilState('denied');
  expect(gateway.feed.status.reason).toContain('no right');
});

it('never sends a token in the clear when the platform is reached by TLS', async () => {
  gateway = await openOddGateway({ serverUrl: 'https://platform.ringcentral.com' });
  gateway.feed.start();
  await gateway.seen.until(({ states }) => states.filter(({ state }) => state === 'waiting').length >= 2);
  expect(gateway.connections).toBe(0);
});

it('a listener that throws disturbs neither the others nor the connection', async () => {
  gateway = await openOddGateway();
  const noop = () => undefined;
  gateway.feed.listen({
    event() {
      throw new Error('broken listener');
    },
    presence: noop,
    status: noop,
    gap: noop,
  });
  gateway.feed.start();
  await gateway.seen.untilState('live');
  const heard: number[] = [];
  gateway.feed.listen({
    event: ({ sequence }) => heard.push(sequence),
    presence: noop,
    status: noop,
    gap: noop,
  });
  gateway.send(...event('a', 2));
  gateway.send(...event('b', 3));
  await gateway.seen.until(({ events }) => events.length === 2);
  expect(heard.length).toBeGreaterThan(0);
});

it('keeps no token for another while missed events come, some of which may be gone', async () => {
  const kept: string[] = [];
  const wsc = (sequence: number) => ({ token: `at ${sequence}`, sequence });
  const numbered = (sequence: number) => {
    const [meta, body] = event(`e${sequence}`, sequence);
    return [{ ...meta, wsc: wsc(sequence) }, body];
  };
  gateway = await openOddGateway({
    continuation: {
      from: { ...wsc(1), at: Date.now() },
      keep: ({ token }) => void kept.push(token),
    },
    connected: [
      { type: 'ConnectionDetails', messageId: 'c', status: 200, wsc: wsc(5) },
      { recoveryTimeout: 180, recoveryState: 'Successful' },
    ],
  });
  gateway.feed.start();
  const [probe] = await gateway.received(([{ type }]) => type === 'Heartbeat');
  gateway.send(...numbered(6));
  await gateway.seen.until(({ events }) => events.length > 0);
  expect(kept).toEqual([]);
  gateway.send(probe);
  await gateway.seen.untilState('live');
  gateway.send(...numbered(7));
  await gateway.seen.until(({ events }) => events.length > 1);
  expect(kept).toEqual(['at 7']);
});

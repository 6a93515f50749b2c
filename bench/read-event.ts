// Events a second from the bytes on the wire to a typed event, as a fraction of JSON.parse alone on the same bytes:
// zod, the reader by hand, and the feed's whole way (frame, reader, listener). Contenders interleaved.
// Run: npx tsx --expose-gc bench/read-event.ts [rounds]; without it one contender pays for another's garbage.
import { pino } from 'pino';
import { createDelivery } from '../src/ringcentral/feed/delivery.ts';
import { readFrame } from '../src/ringcentral/feed/frames.ts';
import { telephonyEvent } from '../src/ringcentral/wire/event.ts';
import { readTelephonyEvent } from '../src/ringcentral/wire/read-event.ts';

const rounds = Number(process.argv[2] ?? 15);
const count = 5_000;

const frame = (n: number): string => {
  const session = `a0d17e1b2c3d${n.toString(16).padStart(8, '0')}z19a8b7c6d5e`;
  const party = {
    id: `p-${session}-2`,
    accountId: '37439510',
    extensionId: '62264425008',
    direction: 'Inbound',
    from: { phoneNumber: '+16505550123', name: 'WIRELESS CALLER' },
    to: {
      phoneNumber: '+12055550101',
      name: 'Ada Example',
      extensionId: '62264425008',
      deviceId: '802636634008',
    },
    status: { code: 'Answered', rcc: false },
    missedCall: false,
    standAlone: false,
    muted: false,
    park: {},
    uiCallInfo: { primary: { type: 'CallerIdName', value: 'WIRELESS CALLER' } },
  };
  const body = {
    sequence: 8,
    sessionId: `${1_000_000_000 + n}`,
    telephonySessionId: `s-${session}`,
    serverId: '10.13.116.37.TAM',
    eventTime: '2026-01-01T10:00:00.123Z',
    parties: [party],
    origin: { type: 'Call' },
  };
  const envelope = {
    uuid: `${4_000_000_000_000 + n}`,
    event: '/restapi/v1.0/account/37439510/extension/62264425008/telephony/sessions',
    timestamp: '2026-01-01T10:00:00.150Z',
    subscriptionId: 'c9c9ad3a-2c0f-4d53-9d5e-7c1f9f3bb1e5',
    ownerId: '62264425008',
    body,
  };
  return JSON.stringify([{ type: 'ServerNotification', messageId: envelope.uuid, status: 200 }, envelope]);
};
const frames = Array.from({ length: count }, (_, n) => frame(n));

const contenders: Record<string, () => (text: string) => unknown> = {
  'JSON.parse alone': () => (text) => JSON.parse(text),
  'and zod': () => (text) => telephonyEvent.parse(JSON.parse(text)[1].body),
  'and the reader by hand': () => (text) => readTelephonyEvent(JSON.parse(text)[1].body),
  "the feed's whole way": () => {
    const delivery = createDelivery(pino({ level: 'silent' }));
    const noop = () => undefined;
    delivery.listen({ event: noop, presence: noop, status: noop, gap: noop });
    return (text) => delivery.deliver(readFrame(text)?.body, 0);
  },
};

const times = new Map<string, number[]>();
for (let round = 0; round <= rounds; round += 1) {
  for (const [name, make] of Object.entries(contenders)) {
    const run = make();
    globalThis.gc?.();
    const start = performance.now();
    for (const text of frames) run(text);
    const time = performance.now() - start;
    // The first round warms up.
    if (round > 0) times.set(name, [...(times.get(name) ?? []), time]);
  }
}

const median = (values: number[] = []) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
const alone = median(times.get('JSON.parse alone'));
console.log(`frames of ${frames[0]?.length} bytes; contender | µs an event | speed ÷ JSON.parse`);
for (const [name, values] of times) {
  const time = median(values);
  console.log(`${name} | ${((time / count) * 1000).toFixed(2)} | ${(alone / time).toFixed(2)}`);
}

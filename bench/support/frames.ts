/** The extension that is logged in. */
export const ownExtension = '403335064';
export const account = '403335063';

const startedAt = Date.now();
let uuids = 1_000_000_000_000_000_000n;

/**
 * The text of a WebSocket frame that tells of one party of a call, as long as the platform's (843 bytes). Party 1 is
 * the caller outside, party 2 the own extension (platform.md 4.6.1). Each has another uuid.
 */
export function frame(call: number, party: 1 | 2, sequence: number, code: string): string {
  const hex = call.toString(16).padStart(9, '0');
  const time = new Date(startedAt + sequence).toISOString();
  uuids += 1n;
  const owner = party === 2 ? { extensionId: ownExtension } : {};
  return JSON.stringify([
    { type: 'ServerNotification', messageId: String(uuids), status: 200 },
    {
      uuid: String(uuids),
      event: `/restapi/v1.0/account/${account}/extension/${ownExtension}/telephony/sessions`,
      timestamp: time,
      subscriptionId: 'aa2b9b8b-4d1e-4c1b-9e64-6a1a9e2e4b3a',
      ownerId: ownExtension,
      body: {
        sequence,
        sessionId: String(1_254_532_352_006 + call * 7),
        telephonySessionId: `s-a0d17${hex.slice(0, 8)}z19a8b7c6d5ez1${hex}`,
        serverId: '10.13.123.85.TAM',
        eventTime: time,
        origin: { type: 'Call' },
        parties: [
          {
            accountId: account,
            ...owner,
            id: `p-a0d17${hex.slice(0, 8)}z19a8b7c6d5ez1${hex}-${party}`,
            direction: party === 1 ? 'Outbound' : 'Inbound',
            to: { phoneNumber: '+12055550101', name: 'Ann Agent', extensionId: ownExtension },
            from: {
              phoneNumber: `+1650555${String(call % 10_000).padStart(4, '0')}`,
              name: 'WIRELESS CALLER',
            },
            recordings: [],
            status: { code, rcc: false },
            missedCall: false,
            standAlone: false,
            muted: false,
            park: {},
            queueCall: false,
          },
        ],
      },
    },
  ]);
}

/** What is told until both parties of each call have answered. */
export const beginning = (calls: number): string[] =>
  Array.from({ length: calls }, (_, call) => [
    frame(call, 1, 2, 'Answered'),
    frame(call, 2, 3, 'Proceeding'),
    frame(call, 2, 4, 'Answered'),
  ]).flat();

/** Without end: holds and takes back, on one call after the other. */
export function* changes(calls: number): Generator<string, never> {
  for (let sequence = 5; ; sequence += 1) {
    for (let call = 0; call < calls; call += 1) {
      yield frame(call, 2, sequence, sequence % 2 === 1 ? 'Hold' : 'Answered');
    }
  }
}

/** The next so many. */
export const take = (texts: Generator<string, never>, count: number): string[] =>
  Array.from({ length: count }, () => texts.next().value);

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { telephonyEvent } from '../../../src/ringcentral/wire/event.ts';
import { readTelephonyEvent } from '../../../src/ringcentral/wire/read-event.ts';
import { readParty, readRecording, readSession } from '../../../src/ringcentral/wire/read-session.ts';
import { callParty, callSession, recording } from '../../../src/ringcentral/wire/session.ts';

/** What the wire may hold where something else was expected. */
const junk = fc.oneof(
  fc.constantFrom(null, undefined, '', 0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, true, false),
  fc.constantFrom([], {}, [null], 'Voicemail', 'VMSCREENING', 'Answered', 'Tds'),
  fc.jsonValue(),
);
const or = <T>(usual: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: junk });
const record = (members: Record<string, fc.Arbitrary<unknown>>) =>
  or(fc.record({ ...members, more: junk }, { requiredKeys: [] }));

const id = or(fc.oneof(fc.string(), fc.integer()));
const text = or(fc.string());
const flag = or(fc.boolean());
const endpoint = record({ phoneNumber: text, name: text, extensionId: id, deviceId: id });
const code = or(
  fc.constantFrom('Setup', 'Proceeding', 'Answered', 'Gone', 'Voicemail', 'VMScreening', 'hold', 'New'),
);
const status = or(
  fc.record(
    {
      code,
      reason: text,
      description: text,
      parkData: text,
      peerId: record({ sessionId: id, telephonySessionId: id, partyId: id }),
      rcc: flag,
    },
    { requiredKeys: ['code'] },
  ),
);
const party = or(
  fc.record(
    {
      id,
      status,
      accountId: id,
      extensionId: id,
      owner: record({ accountId: id, extensionId: id }),
      direction: text,
      from: endpoint,
      to: endpoint,
      muted: flag,
      standAlone: flag,
      park: record({ id: text }),
      conferenceRole: text,
      ringOutRole: text,
      ringMeRole: text,
      recordings: or(fc.array(record({ id, active: flag }))),
      attributes: record({ queueCall: flag, emergencyCallback: flag }),
      missedCall: flag,
      queueCall: flag,
      voiceCallToken: text,
    },
    { requiredKeys: ['id', 'status'] },
  ),
);
const event = or(
  fc.record(
    {
      sequence: or(fc.integer()),
      telephonySessionId: id,
      eventTime: text,
      sessionId: id,
      origin: record({ type: text }),
      parties: or(fc.array(party)),
    },
    { requiredKeys: ['sequence', 'telephonySessionId', 'eventTime'] },
  ),
);

const session = or(
  fc.record(
    {
      id,
      origin: record({ type: text }),
      creationTime: text,
      parties: or(fc.array(party)),
      voiceCallToken: text,
    },
    { requiredKeys: ['id'] },
  ),
);

describe('what is read by hand is exactly what the schema accepts and gives', () => {
  it.each([
    ['an event', event, telephonyEvent, readTelephonyEvent],
    ['a call', session, callSession, readSession],
    ['a party', party, callParty, readParty],
    ['a recording', record({ id, active: flag }), recording, readRecording],
  ] as const)('%s', (_, bodies, schema, read) => {
    fc.assert(
      fc.property(bodies, (body) => {
        const expected = schema.safeParse(body);
        expect(read(body)).toEqual(expected.success ? expected.data : undefined);
      }),
      { numRuns: 2_000 },
    );
  });
});

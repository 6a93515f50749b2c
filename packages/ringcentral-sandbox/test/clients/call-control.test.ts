import { describe, expect, it } from 'vitest';
import { type Json, OUTSIDE } from '../support.ts';
import { type Desk, officialDesk, sessionIn } from './official.ts';

/** Every method of `ringcentral-call-control`, and the state that its README promises of it. */

/** An outside caller rings at 101. */
async function ringing(): Promise<{ desk: Desk; session: Json; id: string }> {
  const desk = await officialDesk();
  const id = await desk.sandbox.ringingCall('101');
  return { desk, id, session: await sessionIn(desk, id, 'Proceeding') };
}

/** An outside caller talks to 101. */
async function connected(): Promise<{ desk: Desk; session: Json; id: string }> {
  const desk = await officialDesk();
  const id = await desk.sandbox.connectedCall();
  return { desk, id, session: await sessionIn(desk, id, 'Answered') };
}

async function ownStatus({ sandbox }: Desk, id: string): Promise<Json> {
  return (await sandbox.partyOf(id, '101')).status;
}

function onlineDevice(desk: Desk): string {
  const device = desk.callControl.devices.find(({ status }) => status === 'Online');
  if (!device) throw new Error('No device is online');
  return device.id;
}

describe('RingCentralCallControl', () => {
  it('loads the calls that are there', async () => {
    const desk = await officialDesk('103');
    const id = await desk.sandbox.connectedCall('102');
    const late = await officialDesk('102', desk.sandbox);
    expect(late.callControl.sessions.map((session) => session.id)).toEqual([id]);
    const [session] = late.callControl.sessions;
    expect(session?.party.status.code).toBe('Answered');
    expect(session?.sessionId).toMatch(/^\d+$/);
    expect(session?.otherParties).toHaveLength(1);
  });

  it('loads the calls of the whole account', async () => {
    const desk = await officialDesk();
    await desk.sandbox.connectedCall('102');
    await desk.sandbox.connectedCall('103');
    const presence = await desk.sdk
      .platform()
      .get('/restapi/v1.0/account/~/presence?detailedTelephonyState=true');
    const { records }: Json = await presence.json();
    const calls = records.flatMap((record: Json) => record.activeCalls ?? []);
    await desk.callControl.loadSessions(calls);
    expect(desk.callControl.sessions).toHaveLength(2);
  });

  it('lists the devices that the API lists', async () => {
    const desk = await officialDesk();
    await desk.callControl.refreshDevices();
    expect(desk.callControl.devices.map(({ type, status }) => [type, status])).toEqual([
      ['HardPhone', 'Online'],
      ['SoftPhone', 'Offline'],
    ]);
  });

  it('sees a call come, ring, and go', async () => {
    const { desk, id, session } = await ringing();
    expect(session.party.direction).toBe('Inbound');
    expect(session.party.from.phoneNumber).toBe(OUTSIDE);
    await desk.sandbox.act(id, undefined, 'hangup');
    await desk.feed.received(({ body }) => body.parties[0].status.code === 'Disconnected');
    expect(desk.callControl.sessions).toEqual([]);
  });

  it('createCall: the own device is called first, then the other side', async () => {
    const desk = await officialDesk();
    const session = await desk.callControl.createCall(onlineDevice(desk), { extensionNumber: '102' });
    expect(session.party.status.code).toBe('Setup');
    await desk.sandbox.advance(2000);
    await desk.sandbox.act(session.id, '102', 'answer');
    await session.reload();
    expect(session.parties.map(({ status }: Json) => status.code)).toEqual(['Answered', 'Answered']);
  });

  it('createConference, bringInParty, removeParty', async () => {
    const { desk, id, session } = await connected();
    const conference = await desk.callControl.createConference();
    expect(conference.voiceCallToken).toMatch(/^conf_/);
    const call = { sessionId: id, partyId: session.party.id };
    await expect(conference.bringInParty(call)).rejects.toThrow();
    await desk.sandbox.joinAsHost(conference.id);
    const participant: Json = await conference.bringInParty(call);
    expect(participant.conferenceRole).toBe('Participant');
    await desk.sandbox.advance(1000);
    expect((await conference.removeParty(participant.id)) as Json).toMatchObject({ status: 204 });
  });
});

describe('a ringing session', () => {
  it('answer: the phone answers by itself', async () => {
    const { desk, id, session } = await ringing();
    await session.answer({ deviceId: onlineDevice(desk) });
    await desk.sandbox.advance(1000);
    expect((await ownStatus(desk, id)).code).toBe('Answered');
  });

  it('toVoicemail: another phone rings on, then the caller gets the mailbox', async () => {
    const { desk, id, session } = await ringing();
    await session.toVoicemail();
    await desk.sandbox.advance(1000);
    expect((await ownStatus(desk, id)).code).toBe('Proceeding');
    await desk.sandbox.advance(20_000);
    expect((await ownStatus(desk, id)).code).toMatch(/voicemail/i);
  });

  it.each([
    ['a text', { replyWithText: 'On my way' }],
    ['a pattern', { replyWithPattern: { pattern: 'WillCallYouBack', time: 10, timeUnit: 'Minute' } }],
  ])('reply with %s: it is spoken, then the call ends', async (_, reply) => {
    const { desk, id, session } = await ringing();
    await session.reply(reply);
    await desk.sandbox.advance(10_000);
    const { calls } = await desk.sandbox.state();
    const [call] = calls.filter((one: Json) => one.telephonySessionId === id);
    expect(call.parties.map(({ status }: Json) => status.code)).toEqual(['Disconnected', 'Disconnected']);
  });

  it('forward: another extension rings', async () => {
    const { desk, id, session } = await ringing();
    await session.forward({ extensionNumber: '102' });
    await desk.sandbox.advance(1000);
    expect((await desk.sandbox.partyOf(id, '102')).status.code).toBe('Proceeding');
  });

  it('ignore: the queue’s other agents keep ringing', async () => {
    const desk = await officialDesk();
    const id = await desk.sandbox.ringingCall('200');
    const session = await sessionIn(desk, id, 'Proceeding');
    await session.ignore({ deviceId: onlineDevice(desk) });
    await desk.sandbox.advance(1000);
    await expect(desk.sandbox.partyOf(id, '101')).rejects.toThrow('no live party');
    expect((await desk.sandbox.partyOf(id, '102')).status.code).toBe('Proceeding');
  });
});

describe('a connected session', () => {
  it('hold and unhold', async () => {
    const { desk, id, session } = await connected();
    await session.hold();
    expect(session.party.status.code).toBe('Hold');
    expect((await ownStatus(desk, id)).code).toBe('Hold');
    await session.unhold();
    expect(session.party.status.code).toBe('Answered');
    expect((await ownStatus(desk, id)).code).toBe('Answered');
  });

  it('mute and unmute', async () => {
    const { desk, id, session } = await connected();
    await session.mute();
    expect(session.party.muted).toBe(true);
    expect((await desk.sandbox.partyOf(id, '101')).api.muted).toBe(true);
    await session.unmute();
    expect((await desk.sandbox.partyOf(id, '101')).api.muted).toBe(false);
  });

  it('transfer: the own leg ends, the target rings', async () => {
    const { desk, id, session } = await connected();
    const party = await session.transfer({ extensionNumber: '103' });
    expect(party.status).toMatchObject({ code: 'Disconnected', reason: 'BlindTransfer' });
    await desk.sandbox.advance(1000);
    expect((await desk.sandbox.partyOf(id, '103')).status.code).toBe('Proceeding');
  });

  it('flip: the other phone rings; when it answers the old leg ends', async () => {
    const { desk, id, session } = await connected();
    await session.flip({ callFlipId: '1' });
    await desk.sandbox.advance(2000);
    const ring = (await desk.sandbox.state()).calls
      .find((one: Json) => one.telephonySessionId === id)
      .parties.find(({ status }: Json) => status.code === 'Proceeding');
    await desk.sandbox.control('POST', `/calls/${id}/parties/${ring.id}/answer`, {});
    await desk.feed.received(({ body }) => body.parties[0].status.reason === 'CallFlip');
  });

  it('park: the call waits under a code', async () => {
    const { desk, session } = await connected();
    const party = await session.park();
    expect(party.status.code).toBe('Parked');
    expect(party.park.id).toMatch(/^\*8\d\d$/);
    expect((await desk.sandbox.state()).parked).toHaveLength(1);
  });

  it('createRecord, pauseRecord, resumeRecord', async () => {
    const { session } = await connected();
    const recording = await session.createRecord();
    expect(recording).toMatchObject({ id: expect.any(String), active: true });
    expect((await session.pauseRecord(recording.id)).active).toBe(false);
    expect((await session.resumeRecord(recording.id)).active).toBe(true);
  });

  it('bridge: the others talk to each other', async () => {
    const { desk, id, session } = await connected();
    await session.hold();
    const consulted = await desk.callControl.createCall(onlineDevice(desk), { extensionNumber: '102' });
    await desk.sandbox.advance(2000);
    await desk.sandbox.act(consulted.id, '102', 'answer');
    const party = await session.bridge({
      telephonySessionId: consulted.id,
      partyId: consulted.party.id,
    });
    expect(party.status).toMatchObject({ code: 'Gone', reason: 'AttendedTransfer' });
    await desk.sandbox.advance(1000);
    const customer = await desk.sandbox.partyOf(id, undefined);
    expect(customer.hears).toHaveLength(1);
  });

  it('supervise, with the names of its first version', async () => {
    const desk = await officialDesk('102');
    const id = await desk.sandbox.connectedCall('102');
    const boss = await officialDesk('101', desk.sandbox);
    await boss.callControl.loadSessions([{ telephonySessionId: id, sessionId: '1' }]);
    const session: Json = boss.callControl.sessions.find((one) => one.id === id);
    const party = await session.supervise({
      mode: 'Listen',
      deviceId: onlineDevice(boss),
      extensionNumber: '102',
    });
    expect(party.status).toMatchObject({ code: 'Answered', reason: 'Supervising' });
  });

  it('drop: the call ends for everyone, and a call that has ended counts as dropped', async () => {
    const { desk, id, session } = await connected();
    await session.drop();
    await desk.sandbox.advance(1000);
    await expect(desk.sandbox.partyOf(id, undefined)).rejects.toThrow('no live party');
    await session.drop();
  });

  it('reload', async () => {
    const { session, id } = await connected();
    await session.reload();
    expect(session.id).toBe(id);
    expect(session.parties).toHaveLength(2);
  });
});

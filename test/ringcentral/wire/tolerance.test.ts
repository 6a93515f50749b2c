import { describe, expect, it } from 'vitest';
import { presence, telephonyEvent } from '../../../src/ringcentral/wire/event.ts';
import { callFlipNumber, device, extension, isUsable } from '../../../src/ringcentral/wire/lookups.ts';
import { callParty, callSession } from '../../../src/ringcentral/wire/session.ts';

const party = (status: object, more: object = {}) => ({ id: 'p-1-1', status, ...more });

describe('reading a party', () => {
  it.each([
    ['Voicemail', 'VoiceMail'],
    ['VoiceMail', 'VoiceMail'],
    ['VMScreening', 'VoiceMailScreening'],
    ['answered', 'Answered'],
    ['Tds', 'Tds'],
    ['SomethingNew', 'SomethingNew'],
  ])('folds status %s to %s', (code, folded) => {
    expect(callParty.parse(party({ code })).status.code).toBe(folded);
  });

  it('takes account and extension from the deprecated owner', () => {
    const read = callParty.parse(party({ code: 'Setup' }, { owner: { accountId: '1', extensionId: 2 } }));
    expect(read).toMatchObject({ accountId: '1', extensionId: '2' });
    expect(read).not.toHaveProperty('owner');
  });

  it('leaves unknown members out, takes null and wrong types for absent', () => {
    const read = callParty.parse(
      party(
        { code: 'Hold', reason: null, rcc: 'no', mobilePickupData: {} },
        { muted: null, from: 'x', brandId: '1' },
      ),
    );
    expect(read).toEqual({ id: 'p-1-1', status: { code: 'Hold' } });
  });

  it('keeps a reason that is in no list, and the peer in each of its spellings', () => {
    const status = { code: 'Gone', reason: 'Conference', peerId: { sessionId: 's-2', partyId: 'p-2-1' } };
    expect(callParty.parse(party(status)).status).toEqual(status);
  });
});

describe('reading a call', () => {
  it('keeps the readable parties and never the voice call token', () => {
    const read = callSession.parse({
      id: 's-1',
      voiceCallToken: 'conf_00',
      parties: [party({ code: 'Answered' }), { id: 'p-1-2' }, null],
    });
    expect(read.parties).toHaveLength(1);
    expect(JSON.stringify(read)).not.toContain('conf_00');
  });
});

describe('reading an event', () => {
  it('takes numeric ids and needs what the merge needs', () => {
    const body = { sequence: 2, telephonySessionId: 's-1', sessionId: 4711, eventTime: 't', parties: [] };
    expect(telephonyEvent.parse(body)).toMatchObject({ sessionId: '4711' });
    expect(telephonyEvent.safeParse({ ...body, sequence: undefined }).success).toBe(false);
  });
});

describe('reading look-ups', () => {
  it('finds the extension of presence in either place', () => {
    expect(presence.parse({ extension: { id: 5 } }).extensionId).toBe('5');
    expect(presence.parse({ extensionId: '6' }).extensionId).toBe('6');
  });
  it('reads JSON numbers as ids', () => {
    expect(extension.parse({ id: 7, extensionNumber: 101 })).toEqual({ id: '7', extensionNumber: '101' });
    expect(callFlipNumber.parse({ flipNumber: 2 })).toEqual({ flipNumber: '2' });
  });
  it.each([
    ['HardPhone', 'Online', true],
    ['SoftPhone', 'Online', true],
    ['SoftPhone', 'Offline', false],
    ['WebRTC', 'Online', false],
  ])('a %s that is %s is usable: %s', (type, status, usable) => {
    expect(isUsable(device.parse({ id: '1', type, status }))).toBe(usable);
  });
});

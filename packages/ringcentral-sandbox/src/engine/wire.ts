import type { Call, Endpoint, Party } from './model.ts';
import { bridgedLegs, successor } from './model.ts';
import type { Pbx } from './pbx.ts';
import { PEER_ID_SHAPES, type PeerIdShape } from './world.ts';

/** A session as REST shows it (platform.md 3.1). */
export function restSession(pbx: Pbx, call: Call): Record<string, unknown> {
  return {
    id: call.id,
    origin: { type: call.origin },
    ...(call.voiceCallToken === undefined ? {} : { voiceCallToken: call.voiceCallToken }),
    parties: call.parties.map((party) => restParty(pbx, party)),
    creationTime: isoSeconds(call.createdAt),
  };
}

/** A party as REST shows it (platform.md 3.2). */
export interface WireParty {
  id: string;
  status: { code: string; reason?: string };
  [member: string]: unknown;
}

/** A party as REST shows it (platform.md 3.2). */
export function restParty(pbx: Pbx, party: Party): WireParty {
  const { account } = pbx.world;
  const { extensionId } = party;
  return {
    id: party.id,
    ...(extensionId === undefined
      ? {}
      : {
          accountId: account.id,
          extensionId,
          owner: { accountId: account.id, extensionId, brandId: account.brandId },
        }),
    direction: party.direction,
    from: endpoint(party.from),
    to: endpoint(party.to),
    status: { code: party.code, ...status(pbx, party) },
    muted: isMuted(party),
    standAlone: party.standAlone,
    ...(party.code === 'Parked' ? { park: park(party) } : {}),
    ...roles(party),
    ...(party.recordings.length === 0 ? {} : { recordings: recordings(party) }),
    attributes: attributes(party),
  };
}

/** The body of a telephony event, which has one party: the one that changed (platform.md 4.3). */
export function eventBody(pbx: Pbx, party: Party): Record<string, unknown> {
  const { call } = party;
  return {
    sequence: call.sequence,
    sessionId: call.sessionId,
    telephonySessionId: call.id,
    serverId: call.serverId,
    eventTime: new Date(pbx.clock.now()).toISOString(),
    parties: [eventParty(pbx, party)],
    origin: { type: call.origin },
  };
}

function eventParty(pbx: Pbx, party: Party): Record<string, unknown> {
  const { extensionId } = party;
  return {
    accountId: pbx.world.account.id,
    ...(extensionId === undefined ? {} : { extensionId }),
    id: party.id,
    direction: party.direction,
    to: endpoint(party.to),
    from: endpoint(party.from),
    ...(party.recordings.length === 0 ? {} : { recordings: recordings(party) }),
    status: {
      code: EVENT_CODES[party.code] ?? party.code,
      rcc: false,
      ...status(pbx, party),
      ...(party.mobilePickup && extensionId !== undefined
        ? { mobilePickupData: mobilePickup(party, extensionId) }
        : {}),
    },
    park: park(party),
    missedCall: party.missedCall,
    standAlone: party.standAlone,
    muted: isMuted(party),
    ...roles(party),
    ...(party.queueName === undefined ? {} : { queueCall: true }),
    ...(party.direction === 'Inbound' && extensionId !== undefined ? { uiCallInfo: uiCallInfo(party) } : {}),
    attributes: attributes(party),
    ...(extensionId === undefined ? {} : { sipData: sipData(party) }),
  };
}

/** Status codes that events spell differently (platform.md 3.3). */
const EVENT_CODES: Partial<Record<Party['code'], string>> = { VoiceMail: 'Voicemail' };

function status(pbx: Pbx, party: Party) {
  return {
    ...(party.reason === undefined ? {} : { reason: party.reason }),
    ...(party.code === 'Parked' ? { parkData: party.parkCode ?? '' } : {}),
    ...(party.code === 'Gone' && party.peer !== undefined ? { peerId: peerId(pbx, party, party.peer) } : {}),
  };
}

/** The documented shapes of `peerId` (platform.md 2.3.14, 3.3). A leg keeps the one that it has. */
const PEER_IDS: Record<PeerIdShape, (peer: Party) => Record<string, string>> = {
  legacy: ({ id, call }) => ({ partyId: id, sessionId: call.sessionId, telephonySessionId: call.id }),
  telephony: ({ id, call }) => ({ partyId: id, telephonySessionId: call.id }),
  session: ({ id, call }) => ({ partyId: id, sessionId: call.id }),
};

function peerId(pbx: Pbx, party: Party, peer: Party): Record<string, string> {
  const { peerIds } = pbx.world.account;
  return PEER_IDS[peerIds === 'seed' ? pbx.choose(party.id, PEER_ID_SHAPES) : peerIds](peer);
}

function park(party: Party): Record<string, string> {
  return party.parkCode === undefined ? {} : { id: party.parkCode };
}

function roles(party: Party): Record<string, string> {
  return {
    ...(party.conferenceRole === undefined ? {} : { conferenceRole: party.conferenceRole }),
    ...(party.ringOutRole === undefined ? {} : { ringOutRole: party.ringOutRole }),
  };
}

function recordings(party: Party): { id: string; active: boolean }[] {
  return party.recordings.map(({ id, active }) => ({ id, active }));
}

function attributes(party: Party): Record<string, boolean> {
  return {
    ...(party.queueName === undefined ? {} : { queueCall: true }),
    ...(party.emergencyCallback ? { emergencyCallback: true } : {}),
  };
}

function mobilePickup(party: Party, extensionId: string): Record<string, unknown> {
  return {
    ccMailboxes: [extensionId],
    to: party.to.phoneNumber ?? '',
    sid: party.call.sessionId,
    srvLvl: '-149699523',
    srvLvlExt: '406',
  };
}

/** What a phone shows of an incoming call (platform.md 3.5). */
export function uiCallInfo(party: Party): Record<string, { type: string; value: string }> {
  const caller = { type: 'CallerIdName', value: party.from.name ?? party.from.phoneNumber ?? '' };
  const number = { type: 'CallerIdNumber', value: party.from.phoneNumber ?? '' };
  return party.queueName === undefined
    ? { primary: caller, additional: number }
    : { primary: { type: 'QueueName', value: party.queueName }, additional: caller };
}

/** SIP data of a leg, made of its id so that it never changes. */
export function sipData(party: Party): { callId: string; toTag: string; fromTag: string } {
  const tag = party.id.slice(2);
  return { callId: tag, toTag: `10.13.121.68-5070-${tag.slice(0, 8)}`, fromTag: `gK0${tag.slice(-8)}` };
}

/** Muted by the phone or by the API. */
export function isMuted(party: Party): boolean {
  return party.api.muted || party.phone.muted;
}

function endpoint(end: Endpoint): Endpoint {
  return { ...end };
}

/** An ISO time without fractions of a second, as `creationTime` is. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Ids of the parties whose voice reaches this one. */
export function hears(party: Party): string[] {
  if (!isInTheMix(party)) return [];
  const only = party.supervision?.only;
  const heard = only === undefined ? bridgedLegs(party.call) : [successor(only)];
  return heard.filter((other) => other !== party && isAudible(other)).map((other) => other.id);
}

function isInTheMix(party: Party): boolean {
  return party.code === 'Answered' && party.serves === undefined && !party.standAlone;
}

function isAudible(party: Party): boolean {
  return (
    isInTheMix(party) && !isMuted(party) && party.pages === undefined && (party.supervision?.talks ?? true)
  );
}

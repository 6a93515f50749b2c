import { ownEnd } from './identity.ts';
import { isOver, type Party, type PartyCode } from './model.ts';
import type { Pbx } from './pbx.ts';
import { isoSeconds, sipData, uiCallInfo } from './wire.ts';
import type { Extension } from './world.ts';

type TelephonyStatus = 'NoCall' | 'Ringing' | 'CallConnected' | 'OnHold' | 'ParkedCall';

/**
 * Telephony status by the status of a leg (platform.md 4.8). A caller in voicemail is no call of the user (assumed).
 */
const TELEPHONY_STATUS: Record<PartyCode, TelephonyStatus> = {
  Setup: 'Ringing',
  Proceeding: 'Ringing',
  Answered: 'CallConnected',
  Hold: 'OnHold',
  Parked: 'ParkedCall',
  VoiceMail: 'NoCall',
  VoiceMailScreening: 'NoCall',
  Disconnected: 'NoCall',
  Gone: 'NoCall',
};

/** Which of several calls gives the status of the extension (assumed). */
const PRECEDENCE: TelephonyStatus[] = ['CallConnected', 'Ringing', 'OnHold', 'ParkedCall', 'NoCall'];

/** Calls that presence lists, the latest ones (platform.md 8.7). */
const SHOWN_CALLS = 7;

/** What a reader of presence asks for. */
export interface PresenceView {
  /** With the calls. */
  detailed: boolean;
  sipData: boolean;
}

/** Presence of extensions: REST bodies (platform.md 8.7) and event bodies (platform.md 4.8). */
export class Presence {
  readonly #pbx: Pbx;
  readonly #sequences = new Map<string, number>();
  /** Legs whose end an event has shown already. */
  readonly #toldEnded = new WeakSet<Party>();

  constructor(pbx: Pbx) {
    this.#pbx = pbx;
  }

  /** REST body without URIs. */
  body(extension: Extension, view: PresenceView): Record<string, unknown> {
    const legs = this.#legs(extension.id);
    const telephonyStatus = aggregate(legs);
    return {
      extension: { id: Number(extension.id), extensionNumber: extension.extensionNumber },
      presenceStatus: presenceStatus(extension, telephonyStatus),
      // Park locations have none in REST (platform.md 8.5).
      ...(extension.type === 'ParkLocation' ? {} : { telephonyStatus }),
      ...settings(extension),
      ...(view.detailed ? { activeCalls: legs.slice(-SHOWN_CALLS).map((leg) => activeCall(leg, view)) } : {}),
    };
  }

  /**
   * Body of the next presence event of an extension. `ended` is a call that has just ended, which it shows once more.
   */
  eventBody(extension: Extension, ended?: Party): Record<string, unknown> {
    const legs = this.#legs(extension.id);
    const shown = ended === undefined ? legs : [...legs, ended];
    const telephonyStatus = aggregate(legs);
    const sequence = (this.#sequences.get(extension.id) ?? 0) + 1;
    this.#sequences.set(extension.id, sequence);
    return {
      extensionId: extension.id,
      telephonyStatus,
      activeCalls: shown.slice(-SHOWN_CALLS).map((leg) => activeCall(leg, { detailed: true, sipData: true })),
      sequence,
      presenceStatus: presenceStatus(extension, telephonyStatus),
      ...settings(extension),
      totalActiveCalls: legs.length,
    };
  }

  /** Whether the leg counts as a call of the user no more. True once for each leg. */
  endedNow(leg: Party): boolean {
    if (TELEPHONY_STATUS[leg.code] !== 'NoCall' || this.#toldEnded.has(leg)) return false;
    this.#toldEnded.add(leg);
    return true;
  }

  clear(): void {
    this.#sequences.clear();
  }

  #legs(extensionId: string): Party[] {
    const legs: Party[] = [];
    for (const leg of this.#pbx.legsOf(extensionId)) {
      if (TELEPHONY_STATUS[leg.code] !== 'NoCall') legs.push(leg);
    }
    return legs;
  }
}

function aggregate(legs: Party[]): TelephonyStatus {
  const present = new Set(legs.map((leg) => TELEPHONY_STATUS[leg.code]));
  return PRECEDENCE.find((status) => present.has(status)) ?? 'NoCall';
}

function presenceStatus(extension: Extension, telephonyStatus: TelephonyStatus): string {
  // Other types than users are always Offline (platform.md 8.7).
  if (extension.userStatus === 'Offline') return 'Offline';
  const talks = telephonyStatus === 'CallConnected' || telephonyStatus === 'OnHold';
  const busy = talks || extension.userStatus === 'Busy' || extension.dndStatus === 'DoNotAcceptAnyCalls';
  return busy ? 'Busy' : 'Available';
}

function settings(extension: Extension): Record<string, unknown> {
  return {
    userStatus: extension.userStatus,
    meetingStatus: 'Disconnected',
    dndStatus: extension.dndStatus,
    allowSeeMyPresence: extension.allowSeeMyPresence,
    ringOnMonitoredCall: extension.ringOnMonitoredCall,
    pickUpCallsOnHold: extension.pickUpCallsOnHold,
    acceptCallQueueCalls: extension.acceptCallQueueCalls,
  };
}

function activeCall(leg: Party, view: PresenceView): Record<string, unknown> {
  const sip = sipData(leg);
  const final = isOver(leg) || TELEPHONY_STATUS[leg.code] === 'NoCall';
  return {
    id: sip.callId,
    direction: leg.direction,
    queueCall: leg.queueName !== undefined,
    from: leg.from.phoneNumber ?? '',
    ...(leg.from.name === undefined ? {} : { fromName: leg.from.name }),
    to: leg.to.phoneNumber ?? '',
    ...(leg.to.name === undefined ? {} : { toName: leg.to.name }),
    startTime: isoSeconds(leg.createdAt),
    telephonyStatus: TELEPHONY_STATUS[leg.code],
    terminationType: final ? 'final' : 'intermediate',
    sessionId: leg.call.sessionId,
    telephonySessionId: leg.call.id,
    partyId: leg.id,
    ...(leg.onBehalfOf === undefined ? {} : { onBehalfOf: leg.onBehalfOf }),
    ...(leg.direction === 'Inbound' ? { callInfo: uiCallInfo(leg) } : {}),
    ...(view.sipData
      ? { sipData: { ...sip, localUri: uri(ownEnd(leg).phoneNumber), rcSessionId: leg.call.sessionId } }
      : {}),
  };
}

function uri(phoneNumber = 'anonymous'): string {
  return `sip:${phoneNumber}@sip.sandbox.example`;
}

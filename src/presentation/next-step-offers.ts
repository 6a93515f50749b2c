import { isBeingRecorded } from '../calls/store/party.ts';
import type { CallOutline, SessionView } from '../calls/store/views.ts';
import { type CallParty, isInbound } from '../ringcentral/wire/session.ts';

/** The tool whose result is told, and what came of it. */
export interface UsedTool {
  tool: string;
  args: Readonly<Record<string, unknown>>;
  /** The platform took the request, and nothing has shown yet that it happened. */
  isPending?: boolean;
  /** A wait that ran out of time. */
  timedOut?: boolean;
}

/** What advice is given on. */
export interface Situation {
  call: SessionView | undefined;
  /** The party that is told of. */
  party: CallParty | undefined;
  /** The other live calls of the login, which it has not left. */
  others?: readonly CallOutline[];
  used?: UsedTool | undefined;
  /** From which a wait goes on. */
  cursor?: number;
  /** What a look-up has found: advice is only on what it was looked up for. */
  choices?: Choices | undefined;
}

/** What the tool `from` has found for parameters that offers leave open. */
export interface Choices {
  from: string;
  found: readonly Choice[];
}

export interface Choice {
  name: string;
  /** By parameter, those alone that it can be given as. */
  values: Readonly<Record<string, string>>;
}

/** A situation in which a call, and where a row is about two the second one, are known. */
export interface Known extends Omit<Situation, 'call'> {
  call: CallOutline;
  second?: CallOutline | undefined;
}

/**
 * A tool to advise. In `why`, `{them}` is the other side of the call, `{second}` that of the second one, `{choice}` what
 * is chosen for the parameter that it leaves open, and `{does}` the verb of the argument that decides it.
 */
export interface Offer {
  tool: string;
  why: string;
  does?: Verbs;
  open?: OpenParameter;
  /** Its arguments; the call's id where absent. Undefined: it is not offered. */
  with?: (situation: Known) => Record<string, unknown> | undefined;
}

/** What a tool does, by the value of one argument. */
export interface Verbs {
  by: string;
  true: string;
  false: string;
}

/** A parameter that the reader has to add. */
export interface OpenParameter {
  parameter: string;
  /** The tool that tells its values. */
  from: string;
  /** What may be added instead. */
  or: readonly string[];
  /** What is added instead where a look-up has found it, and not named before. */
  onceFound?: readonly string[];
  /** `{choice}` while nothing is chosen. */
  unknown: string;
}

const anExtension = (parameter: string, ...or: string[]): OpenParameter => ({
  parameter,
  from: 'find_extensions',
  or,
  unknown: 'a colleague',
});

export const ofCall = ({ call }: Known) => ({ telephonySessionId: call.id });
export const ofParty = ({ call, party }: Known) =>
  party && { telephonySessionId: call.id, partyId: party.id };
export const ofSecond = ({ second }: Known) => second && { telephonySessionId: second.id };
export const bothCalls = ({ call, second }: Known) =>
  second && { telephonySessionId: call.id, targetTelephonySessionId: second.id };
export const bothFromSecond = ({ call, second }: Known) =>
  second && { telephonySessionId: second.id, targetTelephonySessionId: call.id };
/** The offer on the second call, in place of the one that is told of. */
export const onSecond = ({ with: argumentsOf = ofCall, ...offer }: Offer): Offer => ({
  ...offer,
  why: offer.why.replace('{them}', '{second}'),
  with: ({ second, ...known }) => second && argumentsOf({ ...known, call: second }),
});
export const nothing = () => ({});

export const from = ({ cursor }: Pick<Situation, 'cursor'>) =>
  cursor === undefined ? {} : { after: cursor };
/** Until `state` of the call, or of anything on it. */
export const until = (state?: string) => (situation: Known) => ({
  telephonySessionId: situation.call.id,
  ...(state !== undefined && { until: state }),
  ...from(situation),
});

export const answered: Offer = {
  tool: 'wait_for_call_event',
  why: 'tells when {them} answers',
  with: until('Answered'),
};
export const offHold: Offer = {
  tool: 'wait_for_call_event',
  why: 'tells when {them} takes you off hold',
  with: until(),
};
export const pickedUp: Offer = {
  tool: 'wait_for_call_event',
  why: 'tells when somebody picks you up',
  with: until(),
};
export const taken: Offer = {
  tool: 'wait_for_call_event',
  why: 'tells when somebody else talks with {them}',
  with: until('Answered'),
};
export const takenThere: Offer = {
  tool: 'wait_for_call_event',
  why: 'tells when it is answered there, or no longer rings',
  with: until(),
};
export const changes: Offer = { tool: 'wait_for_call_event', why: 'tells what happens on it', with: until() };
export const list: Offer = { tool: 'list_active_calls', why: 'shows what calls there are', with: nothing };
export const read: Offer = { tool: 'read_call_session_status', why: 'shows who is on it' };
export const answer: Offer = { tool: 'answer_call_party', why: 'you talk with {them}' };
export const forward: Offer = {
  tool: 'forward_call_party',
  why: 'rings at {choice} instead',
  open: anExtension('extensionNumber', 'phoneNumber', 'voicemail'),
};
export const reject: Offer = {
  tool: 'reject_party',
  why: 'stops a phone of yours that rings; once none does, voicemail takes it',
};
export const hold: Offer = { tool: 'hold_call_party', why: '{them} hears music, not you' };
export const unhold: Offer = { tool: 'unhold_call_party', why: 'you and {them} talk again' };
export const transfer: Offer = {
  tool: 'transfer_call_party',
  why: 'hands {them} to {choice}',
  open: { ...anExtension('extensionNumber', 'phoneNumber'), onceFound: ['parkOrbit'] },
};
export const consult: Offer = {
  tool: 'consult_and_transfer',
  why: 'asks {choice} before, and connects the two',
  open: anExtension('colleague'),
};
export const callColleague: Offer = {
  tool: 'create_call_out_call_session',
  why: 'asks {choice} while {them} waits',
  open: anExtension('toExtensionNumber'),
  with: nothing,
};
export const placeCall: Offer = {
  tool: 'create_call_out_call_session',
  why: 'places a call to {choice}',
  open: { ...anExtension('toExtensionNumber', 'toPhoneNumber'), unknown: 'anybody' },
  with: nothing,
};
export const callForConference: Offer = {
  ...placeCall,
  why: 'calls {choice}, to be brought in then',
  open: { ...anExtension('toExtensionNumber', 'toPhoneNumber'), unknown: 'whom you want in it' },
};
export const mute: Offer = {
  tool: 'update_call_party',
  why: '{does} your microphone',
  does: { by: 'muted', true: 'mutes', false: 'unmutes' },
  with: ({ call, party }) => ({ telephonySessionId: call.id, muted: party?.muted !== true }),
};
export const rejoin: Offer = {
  tool: 'update_call_party',
  why: 'you and {them} hear each other again',
  with: ({ call }) => ({ telephonySessionId: call.id, standAlone: false }),
};
/** From a leg that is on hold and out of the conversation. */
export const backFromHold: readonly Offer[] = [
  { ...rejoin, why: 'puts your leg back, which is out of the conversation' },
  { ...unhold, why: 'then you and {them} talk again' },
];
export const endUnanswered: Offer = {
  tool: 'delete_call_session',
  why: 'ends it, where nobody has answered yet',
};
export const hangUp: Offer = { tool: 'delete_call_session', why: 'hangs up' };
export const pauseOrResume: Offer = {
  tool: 'pause_resume_call_recording',
  why: '{does} the recording',
  does: { by: 'active', true: 'goes on with', false: 'pauses' },
  with({ call, party }) {
    const [recording] = party?.recordings ?? [];
    const active = !isBeingRecorded(party?.recordings);
    return recording && { telephonySessionId: call.id, recordingId: recording.id, active };
  },
};
export const park: Offer = {
  tool: 'call_park_party',
  why: 'lets anybody in the company take {them}',
  with: ({ call, party }) => (party && isInbound(party) ? { telephonySessionId: call.id } : undefined),
};
export const flip: Offer = {
  tool: 'call_flip_party',
  why: 'moves you to {choice}',
  open: {
    parameter: 'callFlipId',
    from: 'list_call_flip_numbers',
    or: [],
    unknown: 'another phone of yours',
  },
};
export const record: Offer = { tool: 'start_call_recording', why: 'records it, after a yes' };
export const pickup: Offer = {
  tool: 'pickup_call_party',
  why: 'you talk with the parked caller',
  with: ofParty,
};

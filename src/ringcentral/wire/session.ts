import { z } from 'zod';
import { id, list, maybe, words } from './tolerant.ts';

/** Party status codes (platform.md 3.3). Open: an unknown code is kept as it came. */
export const statusCodes = [
  'Setup',
  'Proceeding',
  'Answered',
  'Hold',
  'Parked',
  'VoiceMail',
  'VoiceMailScreening',
  'FaxReceive',
  'Disconnected',
  'Gone',
] as const;
export type StatusCode = (typeof statusCodes)[number] | (string & {});

const canonicalStatus = new Map<string, string>([
  ...statusCodes.map((code) => [code.toLowerCase(), code] as const),
  ['vmscreening', 'VoiceMailScreening'],
]);

const canonical: ReadonlySet<string> = new Set(statusCodes);

/** Folds the spelling variants of platform.md 3.3 (`Voicemail`, `VMScreening`). */
export const foldStatus = (code: string): StatusCode =>
  canonical.has(code) ? code : (canonicalStatus.get(code.toLowerCase()) ?? code);

/* Lazy, because a running server reads by hand (read-session.ts); a property test holds that to these. */

const peerId = z.lazy(() =>
  z.object({
    sessionId: maybe(id),
    telephonySessionId: maybe(id),
    partyId: maybe(id),
  }),
);

const partyStatus = z.lazy(() =>
  z.object({
    code: z.string().transform(foldStatus),
    reason: maybe(z.string()),
    description: words,
    parkData: maybe(z.string()),
    peerId: maybe(peerId),
    rcc: maybe(z.boolean()),
  }),
);

const endpoint = z.lazy(() =>
  z.object({
    phoneNumber: words,
    name: words,
    extensionId: maybe(id),
    deviceId: maybe(id),
  }),
);

export const recording = z.lazy(() => z.object({ id, active: maybe(z.boolean()) }));

/** One leg of a call (platform.md 3.2), with the event-only members of platform.md 3.5 that we use. */
export const callParty = z.lazy(() =>
  z
    .object({
      id,
      accountId: maybe(id),
      extensionId: maybe(id),
      owner: maybe(z.object({ accountId: maybe(id), extensionId: maybe(id) })),
      direction: maybe(z.string()),
      from: maybe(endpoint),
      to: maybe(endpoint),
      status: partyStatus,
      muted: maybe(z.boolean()),
      standAlone: maybe(z.boolean()),
      park: maybe(z.object({ id: maybe(z.string()) })),
      conferenceRole: maybe(z.string()),
      ringOutRole: maybe(z.string()),
      ringMeRole: maybe(z.string()),
      recordings: maybe(list(recording)),
      attributes: maybe(z.object({ queueCall: maybe(z.boolean()), emergencyCallback: maybe(z.boolean()) })),
      missedCall: maybe(z.boolean()),
      queueCall: maybe(z.boolean()),
    })
    .transform(({ owner, ...party }) => ({
      ...party,
      // `owner` is the deprecated twin (platform.md 3.2).
      accountId: party.accountId ?? owner?.accountId,
      extensionId: party.extensionId ?? owner?.extensionId,
    })),
);

/** A call as REST shows it (platform.md 3.1). `voiceCallToken` is a secret of the conference host: not read. */
export const callSession = z.lazy(() =>
  z.object({
    id,
    origin: maybe(z.object({ type: maybe(z.string()) })),
    creationTime: maybe(z.string()),
    parties: list(callParty),
  }),
);

export type PartyStatus = z.output<typeof partyStatus>;
export type Endpoint = z.output<typeof endpoint>;
export type Recording = z.output<typeof recording>;
/** `listens`: what is kept of a leg that has shown that it listens in (`listensIn`). */
export type CallParty = z.output<typeof callParty> & { listens?: true };
export type CallSession = z.output<typeof callSession>;

const ended: ReadonlySet<string> = new Set(['Disconnected', 'Gone']);

/** A status after which a party is no longer on the call (platform.md 10.2). */
export const isFinal = (code: string): boolean => ended.has(code);

/** A party that has left this session. */
export const hasLeft = (party: CallParty): boolean => isFinal(party.status.code);

/** Whether the call came to this party, and was not placed by it. */
export const isInbound = ({ direction }: CallParty): boolean => direction === 'Inbound';

/** Whether the party has not answered yet: it rings, or is being connected. */
export const isRinging = ({ status }: Pick<CallParty, 'status'>): boolean =>
  status.code === 'Setup' || status.code === 'Proceeding';

export const isConference = ({ origin }: { origin?: { type?: string | undefined } | undefined }): boolean =>
  origin?.type === 'Conference';

/**
 * A leg that listens in on others (platform.md 2.3.16). The platform says so only until the leg is held for the first
 * time: from then on it looks like a party of the call.
 */
export const listensIn = ({ status, listens }: CallParty): boolean =>
  listens === true || status.reason === 'Supervising';

/** A call from a call queue; events and readings say it in different members (platform.md 3.5). */
export const isQueueCall = ({ queueCall, attributes }: CallParty): boolean =>
  (queueCall ?? attributes?.queueCall) === true;

/**
 * A call that was brought into this conference: its people are in a session of their own (platform.md 2.3.5), which
 * `peerId` names in one of its shapes (platform.md 3.3).
 */
export const isBroughtIn = ({ conferenceRole, status: { code, peerId } }: CallParty): boolean =>
  conferenceRole === 'Participant' &&
  code === 'Gone' &&
  (peerId?.partyId ?? peerId?.telephonySessionId ?? peerId?.sessionId) !== undefined;

/** Whether it has a recording, running or paused: the platform then starts no other (platform.md 2.3.18). */
export const hasRecording = ({ recordings = [] }: Pick<CallParty, 'recordings'>): boolean =>
  recordings.length > 0;

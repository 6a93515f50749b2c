/**
 * Answers of Call Control for which the contract has the schema of a newer specification beside the documented
 * one. The newer wins (the mark "new" in docs/platform.md): it knows `attributes`, `owner.brandId`, the bodies of
 * flip and recording, and does not swap the answers of conference and session (platform.md 2.1).
 */
export const NEWEST: Readonly<Record<string, string>> = {
  createCallOutCallSession: 'CallSession',
  createConferenceCallSession: 'CallSession',
  readCallSessionStatus: 'CallSessionObject',
  createCallPartyWithBringIn: 'CallParty',
  readCallPartyStatus: 'CallParty',
  updateCallParty: 'CallParty',
  holdCallParty: 'CallParty',
  unholdCallParty: 'CallParty',
  callParkParty: 'CallParty',
  callFlipParty: 'CallParty',
  replyParty: 'ReplyParty',
  bridgeCallParty: 'CallParty',
  superviseCallParty: 'PartySuperviseResponse',
  startCallRecording: 'CallRecording',
  pauseResumeCallRecording: 'CallRecording',
  answerCallParty: 'CallParty',
  transferCallParty: 'CallParty',
  pickupCallParty: 'CallParty',
  forwardCallParty: 'ForwardCallPartyResponse',
  superviseCallSession: 'SuperviseCallSessionResponse',
};

/** One way in which the sandbox differs from the contract, and why. Each must occur in some response. */
export interface Deviation {
  /** operationId, or the schema of an event. */
  of: RegExp;
  violation: RegExp;
  reason: string;
}

export const DEVIATIONS: readonly Deviation[] = [
  {
    of: /Subscription/,
    violation: /transportType must be equal to one of/,
    reason: 'The contract predates WebSocket as a transport (platform.md 5.4).',
  },
  {
    of: /ActiveCalls$/,
    violation: /additional properties partyId/,
    reason: 'partyId came with the newest specification (platform.md 8.8).',
  },
  {
    of: /Presence/,
    violation: /additional properties acceptCallQueueCalls/,
    reason: 'acceptCallQueueCalls came with the newest specification (platform.md 8.7).',
  },
  {
    of: /^(replyParty|forwardCallParty|superviseCallParty|superviseCallSession)$/,
    violation: /additional properties (accountId|extensionId|attributes)/,
    reason: 'The contract cuts these parties short; the sandbox sends them whole, as everywhere else.',
  },
  {
    of: /./,
    violation: /^\/errors\/\* must NOT have additional properties permissionName/,
    reason: 'Real bodies name the permission in the list, too (platform.md 9.1).',
  },
  {
    of: /^getToken$/,
    violation: /^must NOT have additional properties (errorCode|message)/,
    reason: 'The rate limit answers in the shape of the API everywhere (platform.md 7).',
  },
  {
    of: /TelephonySessionsEvent$/,
    violation: /uiCallInfo\/additional\/type must be equal to one of/,
    reason: 'Recorded events have more types than the schema (platform.md 3.5).',
  },
  {
    of: /TelephonySessionsEvent$/,
    violation: /mobilePickupData must NOT have additional properties srvLvl/,
    reason: 'Recorded events spell srvLvl (platform.md 3.3).',
  },
  {
    of: /TelephonySessionsEvent$/,
    violation: /\/(from|to) must NOT have additional properties deviceId/,
    reason: 'Recorded events name the device of a caller (platform.md 4.6).',
  },
  {
    of: /TelephonySessionsEvent$/,
    violation: /status\/code must be equal to one of/,
    reason: 'Real events spell Voicemail (platform.md 3.3).',
  },
  {
    of: /TelephonySessionsEvent$/,
    violation: /parties\/\* must NOT have additional properties attributes/,
    reason: 'Parties of events carry the attributes that parties of answers have (assumed).',
  },
  {
    of: /PresenceEvent$/,
    violation: /^must NOT have additional properties ownerId/,
    reason: 'Every envelope names its owner (platform.md 4.2).',
  },
  {
    of: /PresenceEvent$/,
    violation: /activeCalls\/\* must NOT have additional properties sipData/,
    reason: 'sipData comes when the filter asks for it (platform.md 4.1).',
  },
];

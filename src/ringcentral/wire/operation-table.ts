/** Throttling groups (platform.md 7). */
export const rateGroups = ['light', 'medium', 'heavy', 'auth'] as const;
export type RateGroup = (typeof rateGroups)[number];

interface Operation {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Under `/restapi/v1.0/account/~/telephony`. */
  path: string;
  group: RateGroup;
  /** What a success carries: the bare object, or the object under `session` (platform.md 2.1). */
  answers: 'session' | 'party' | 'recording' | 'nothing';
}

const session = '/sessions/{telephonySessionId}';
const party = `${session}/parties/{partyId}`;

/**
 * The Call Control operations (platform.md 2.1), by their names in RingCentral's API reference, in snake case: names
 * of operations, not of tools. A tool that offers one is named like it.
 */
export const operations = {
  create_call_out_call_session: { method: 'POST', path: '/call-out', group: 'heavy', answers: 'session' },
  create_conference_call_session: { method: 'POST', path: '/conference', group: 'heavy', answers: 'session' },
  read_call_session_status: { method: 'GET', path: session, group: 'light', answers: 'session' },
  delete_call_session: { method: 'DELETE', path: session, group: 'light', answers: 'nothing' },
  create_call_party_with_bring_in: {
    method: 'POST',
    path: `${session}/parties/bring-in`,
    group: 'light',
    answers: 'party',
  },
  read_call_party_status: { method: 'GET', path: party, group: 'light', answers: 'party' },
  update_call_party: { method: 'PATCH', path: party, group: 'light', answers: 'party' },
  delete_call_party: { method: 'DELETE', path: party, group: 'light', answers: 'nothing' },
  hold_call_party: { method: 'POST', path: `${party}/hold`, group: 'light', answers: 'party' },
  unhold_call_party: { method: 'POST', path: `${party}/unhold`, group: 'light', answers: 'party' },
  call_park_party: { method: 'POST', path: `${party}/park`, group: 'light', answers: 'party' },
  call_flip_party: { method: 'POST', path: `${party}/flip`, group: 'light', answers: 'nothing' },
  reply_party: { method: 'POST', path: `${party}/reply`, group: 'light', answers: 'party' },
  bridge_call_party: { method: 'POST', path: `${party}/bridge`, group: 'light', answers: 'party' },
  ignore_call_in_queue: { method: 'POST', path: `${party}/ignore`, group: 'light', answers: 'nothing' },
  supervise_call_party: { method: 'POST', path: `${party}/supervise`, group: 'light', answers: 'party' },
  reject_party: { method: 'POST', path: `${party}/reject`, group: 'light', answers: 'nothing' },
  start_call_recording: { method: 'POST', path: `${party}/recordings`, group: 'light', answers: 'recording' },
  pause_resume_call_recording: {
    method: 'PATCH',
    path: `${party}/recordings/{recordingId}`,
    group: 'light',
    answers: 'recording',
  },
  answer_call_party: { method: 'POST', path: `${party}/answer`, group: 'light', answers: 'party' },
  transfer_call_party: { method: 'POST', path: `${party}/transfer`, group: 'light', answers: 'party' },
  pickup_call_party: { method: 'POST', path: `${party}/pickup`, group: 'light', answers: 'party' },
  forward_call_party: { method: 'POST', path: `${party}/forward`, group: 'light', answers: 'party' },
  supervise_call_session: { method: 'POST', path: `${session}/supervise`, group: 'light', answers: 'party' },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;

/**
 * Operations that may use the last of the rate limit, with the reading before them: what ends a call, or takes somebody out
 * of a hold.
 */
export const lastOfLimit: ReadonlySet<string> = new Set<OperationName>([
  ...(['delete_call_session', 'delete_call_party', 'unhold_call_party'] as const),
]);

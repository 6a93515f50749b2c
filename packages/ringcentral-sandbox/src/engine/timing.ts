/** How long things take, in milliseconds; the small ones as seen in the recordings (platform.md 4.6). */

/** From dialling to the first leg of the destination. */
export const SETUP_MS = 15;
/** From the first leg of an extension to the `Answered` of its caller. */
export const REACHED_MS = 120;
/** From a leg's `Setup` to `Proceeding`. */
export const DELIVER_MS = 40;
/** From dialling on until an outside phone rings. */
export const PSTN_DELIVER_MS = 400;
/** Between the events of both sides of an answer or a hang-up. */
export const OTHER_SIDE_MS = 5;
/** From an accepted request until the device answers by itself. */
export const AUTO_ANSWER_MS = 150;
/** How long an outside phone rings. */
export const PSTN_RING_MS = 60_000;
/** A queue keeps its callers this many times the ringing time before its voicemail takes them (assumed). */
export const QUEUE_PATIENCE = 3;
/** Until free agents are rung again when none answered or was free (assumed). */
export const QUEUE_RETRY_MS = 5000;
/** Longest message in voicemail (assumed). */
export const VOICEMAIL_MS = 180_000;
/** How long a reply is spoken to the caller (assumed). */
export const REPLY_MS = 2000;
/** The host must have joined a new conference by then (platform.md 2.3.2). */
export const CONFERENCE_JOIN_MS = 38_000;
/** From bring-in's answer until the leg has moved. */
export const BRING_IN_MS = 200;
/** How long ended calls stay readable. */
export const ENDED_CALL_MS = 60_000;
/** Recordings shorter than this are not kept (platform.md 2.3.18). */
export const SHORTEST_RECORDING_MS = 30_000;
/** Until the metadata of a recording can be read after the call. */
export const RECORDING_DELAY_MS = 60_000;
/** Lag of the active-calls list, least and most, and how long ended calls stay in it (platform.md 8.8). */
export const ACTIVE_CALLS_LAG_MS = [3000, 10_000] as const;
export const ACTIVE_CALLS_ENDED_MS = 120_000;

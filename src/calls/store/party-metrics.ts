import type { PartyMetrics } from './views.ts';

/** What a status code means for the metrics; codes that are not here (`Setup`, unknown ones) change nothing. */
const phases = { none: 0, ringing: 1, talking: 2, held: 3, ended: 4, parked: 5, mailbox: 6 } as const;
export type Phase = (typeof phases)[keyof typeof phases];

const phaseByCode = new Map<string, Phase>([
  ['Proceeding', phases.ringing],
  ['Answered', phases.talking],
  ['Hold', phases.held],
  ['Disconnected', phases.ended],
  // The definition is silent on these; nobody talks or waits on this leg any more (platform.md 10.1, assumed).
  ['Gone', phases.ended],
  ['Parked', phases.parked],
  ['VoiceMail', phases.mailbox],
  ['VoiceMailScreening', phases.mailbox],
  ['FaxReceive', phases.mailbox],
]);

export const phaseOf = (code: string): Phase => phaseByCode.get(code) ?? phases.none;

/** Whether a party that is in this phase can be told since when: it is known, and not the end. */
export const lasts = (phase: Phase): boolean => phase !== phases.none && phase !== phases.ended;

/** Whether a party goes from talking to being held or back. */
export const isHoldOrUnhold = (before: Phase, after: Phase): boolean =>
  (before === phases.talking && after === phases.held) ||
  (before === phases.held && after === phases.talking);

/** Sums of a party so far, and the interval that is open. Times in epoch ms. */
export interface Tally {
  ringSince?: number;
  ringMs?: number;
  talkMs: number;
  holdMs: number;
  phase: Phase;
  since: number;
}

export const emptyTally = (): Tally => ({ talkMs: 0, holdMs: 0, phase: phases.none, since: 0 });

/** The length of an interval, in ms; not negative, although clocks of different machines may make it look so. */
const lasted = (since: number, until: number): number => Math.max(0, until - since);

/** Counts one status change; call it in the order of `sequence` (platform.md 10.1). */
export function count(tally: Tally, phase: Phase, time: number): void {
  if (phase === phases.none) return;
  if (phase === phases.ringing) {
    tally.ringSince ??= time;
    return;
  }
  if (tally.ringSince !== undefined && tally.ringMs === undefined && phase !== phases.held) {
    tally.ringMs = lasted(tally.ringSince, time);
  }
  if (phase === tally.phase) return;
  if (tally.phase === phases.talking) tally.talkMs += lasted(tally.since, time);
  if (tally.phase === phases.held) tally.holdMs += lasted(tally.since, time);
  tally.phase = phase;
  tally.since = time;
}

/** Finished intervals only: an interval that still runs has no end to measure to. */
export const metricsOf = ({ ringMs, talkMs, holdMs }: Tally): PartyMetrics => ({
  ...(ringMs !== undefined && { ringMs }),
  talkMs,
  holdMs,
});

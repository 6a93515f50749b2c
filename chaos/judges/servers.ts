import type { LoggedRequest } from '../../test/e2e/support/control.ts';
import type { Caused } from '../faults.ts';
import type { Place } from '../place.ts';
import type { CampaignRecord } from '../record.ts';
import { judgeProcesses } from './processes.ts';

export interface Served {
  requests: readonly LoggedRequest[];
  caused: Caused;
  /** Exit codes at SIGTERM. */
  ended: ReadonlyMap<string, number | null>;
}

/** So long back, in ms, requests count for the platform's limits. */
const countMs = 60_000;

/** What holds of servers that have ended, whoever has used them. */
export async function judgeServers(
  place: Place,
  record: CampaignRecord,
  { requests, caused, ended }: Served,
): Promise<void> {
  const refused = requests.filter((request) => request.status === 429);
  // A Redis that has lost the counts of the last minute lets replicas begin them anew.
  const unexcused = refused.filter(({ time }) =>
    caused.redisLosses.every((at) => Date.parse(time) < at || Date.parse(time) > at + countMs),
  );
  record.judges(
    'no 429 that the sandbox was not told to give',
    `${requests.length} requests, ${refused.length} refused, ${caused.refusals} told, ${refused.length - unexcused.length} after Redis lost its counts`,
    unexcused.length > caused.refusals ? [pathsOf(unexcused)] : [],
  );
  // A replica anchors its log anew within a minute of Redis' loss, which may be after the end.
  const anchored = caused.redisLosses.length === 0;
  const verified = await place.verifyAudit({ anchored });
  record.judges(
    'audit logs are whole',
    `${place.seats.length} logs${anchored ? '' : ', without their anchors'}`,
    verified.code === 0 ? [] : [`${verified.stderr}${verified.stdout}`],
  );
  record.judges(
    'no crash, no defect, no secret in a log',
    `${place.seats.reduce((sum, { processes }) => sum + processes.length, 0)} processes`,
    judgeProcesses(place, ended),
  );
}

/** What was asked for, and how often. */
function pathsOf(requests: readonly LoggedRequest[]): string {
  const counts = new Map<string, number>();
  for (const { method, path } of requests) {
    const what = `${method} ${path.replaceAll(/[sp]-\w+(-\d+)?|\d{5,}/g, '…')}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, times]) => `${times} × ${what}`).join(', ');
}

import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { clientKinds } from '../test/e2e/support/agents.ts';
import type { SignedIn } from '../test/e2e/support/signed-in.ts';
import type { CampaignOptions } from './campaign.ts';
import { calm, stopAll } from './ending.ts';
import { type Caused, makeTrouble } from './faults.ts';
import { actsAtPlatform, judgeAudit } from './judges/acts.ts';
import { judgeServers } from './judges/servers.ts';
import { Place } from './place.ts';
import { CampaignRecord } from './record.ts';
import { RequestLog, readOn } from './request-log.ts';
import { judgeLines, person, Reached, users } from './sign-ins.ts';

const settleMs = 180_000;

/** A campaign of people who sign in, each with a line of their own. */
export async function runTeamCampaign(options: CampaignOptions): Promise<CampaignRecord> {
  const { seed, minutes, replicas, sentinel, rateLimits } = options;
  const record = new CampaignRecord();
  const sandbox = ['--rate-limits', rateLimits, '--scenario', 'team'];
  const place = await Place.open({ replicas, sentinel, seed, signIn: true, sandbox });
  try {
    const acting = new AbortController();
    const quiet = new AbortController();
    const { signal } = acting;
    const caused: Caused = { refusals: 0, redisLosses: [], lostNotifications: 0 };
    const log = new RequestLog(place.control);
    const reading = readOn(log, quiet.signal);
    const reached = new Reached();
    const watching = watch(place, reached, quiet.signal);
    const wrong = { seen: [] as string[], ended: [] as string[] };
    const shared = { place, record, signal };
    const people = users.slice(0, options.people).map((user, nth) => ({
      user,
      host: person(user, {
        ...{ ...shared, seed: seed + 100 + nth, reached, wrong, caused },
        kind: clientKinds[nth % clientKinds.length] ?? clientKinds[0],
      }),
    }));
    const trouble = makeTrouble({ ...shared, seed, caused, log, only: options.faults });
    record.say(`${people.length} people sign in`);
    await Promise.race([pause(minutes * 60_000), trouble, ...people.map(({ host }) => host)]);
    acting.abort();
    await trouble;
    await place.control.clearFaults();
    await place.control.endScenario();
    const hosts = new Map<string, SignedIn | undefined>();
    for (const { user, host } of people) hosts.set(user, await host);
    record.say('nobody acts any more');
    await calm(place);
    record.judges(
      'each is shown what is true on their own line',
      `${hosts.size} people`,
      await judgeLines(place, hosts, settleMs),
    );
    record.judges('nobody saw the line of another', `${people.length} people`, wrong.seen);
    record.judges('who paused or signed out is obeyed', `${people.length} people`, wrong.ended);
    quiet.abort();
    await Promise.all([reading, watching]);
    const ended = await stopAll(place);
    const { requests } = log;
    const audited = place.audited();
    const atPlatform = actsAtPlatform(requests);
    record.judges(
      'acts sent are acts audited, none twice',
      `${[...atPlatform.values()].reduce((sum, times) => sum + times, 0)} acts`,
      judgeAudit(atPlatform, audited),
    );
    await judgeServers(place, record, { requests, caused, ended });
    return record;
  } finally {
    if (options.logs !== undefined) writeFileSync(options.logs, place.logs());
    await place.close();
  }
}

async function watch(place: Place, reached: Reached, quiet: AbortSignal): Promise<void> {
  while (!quiet.aborted) {
    await reached.read(place);
    await pause(300, undefined, { signal: quiet }).catch(() => {});
  }
}

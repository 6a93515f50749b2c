import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { httpWays } from '../test/e2e/support/agents.ts';
import { act, type Deed } from './agents.ts';
import { calm, stopAll } from './ending.ts';
import { type Caused, makeTrouble } from './faults.ts';
import { fuzz, fuzzStdin } from './fuzz.ts';
import { actsAtPlatform, judgeAudit, judgeKeys, judgeYeses } from './judges/acts.ts';
import { judgePictures } from './judges/pictures.ts';
import { judgeServers } from './judges/servers.ts';
import { judgeWaits } from './judges/waits.ts';
import { usePhones } from './phones.ts';
import { Place } from './place.ts';
import { CampaignRecord } from './record.ts';
import { RequestLog, readOn } from './request-log.ts';
import { wait } from './waiter.ts';

export interface CampaignOptions {
  seed: number;
  minutes: number;
  replicas: number;
  /** Agents of the call center, whose calls go on by themselves; 0: none. */
  people: number;
  /** Events a second that they make. */
  rate: number;
  rateLimits: string;
  sentinel: boolean;
  faults: readonly string[];
  /** A file for the logs of all replicas. */
  logs: string | undefined;
  /** Pictures are asked to be read anew at the end. */
  fresh: boolean;
  /** How many inputs are made up. */
  fuzz: number;
}

/** After the last fault, pictures have so long to become true: a call that was lost is read within five minutes. */
const settleMs = 330_000;

/** Runs a campaign to its end, and judges it. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignRecord> {
  const { seed, minutes, replicas, sentinel } = options;
  const record = new CampaignRecord();
  const place = await Place.open({ replicas, sentinel, seed, signIn: false, sandbox: sandboxFlags(options) });
  try {
    const acting = new AbortController();
    const quiet = new AbortController();
    const { signal } = acting;
    const deeds: Deed[] = [];
    const numbers = new Map<string, string>();
    const caused: Caused = { refusals: 0, redisLosses: [], lostNotifications: 0 };
    const log = new RequestLog(place.control);
    const reading = readOn(log, quiet.signal);
    const shared = { place, record, signal };
    const waiters = httpWays.map((way, nth) =>
      wait({ ...shared, way, nth, seed: seed + 200 + nth, quiet: quiet.signal }),
    );
    const agents = httpWays.map((way, nth) =>
      act({ ...shared, way, nth, seed: seed + 100 + nth, deeds, numbers }),
    );
    const phones = usePhones({ ...shared, seed: seed + 1 });
    const trouble = makeTrouble({ ...shared, seed, caused, log, only: options.faults });
    const fuzzed = fuzz({ ...shared, seed, count: options.fuzz, forMs: minutes * 60_000 });
    record.say('people and agents are at work');
    await Promise.race([pause(minutes * 60_000), Promise.all([...agents, phones, trouble])]);
    acting.abort();
    await trouble;
    await place.control.clearFaults();
    if (options.people > 0) await place.control.endScenario();
    const transitions = await phones;
    await Promise.all(agents);
    record.say('nobody acts any more');
    await calm(place);
    record.judges(
      'pictures of all replicas are true',
      `${place.seats.length} replicas`,
      await judgePictures(place, { withinMs: settleMs, fresh: options.fresh }, record),
    );
    record.say('pictures compared');
    const nonsense = [...(await fuzzed), ...(await fuzzStdin(seed, Math.ceil(options.fuzz / 10), record))];
    record.judges('nonsense is refused, and breaks nothing', `${record.timesTried('fuzz')} inputs`, nonsense);
    quiet.abort();
    const heard = await Promise.all(waiters);
    await reading;
    const ended = await stopAll(place);
    const { requests } = log;
    const audited = place.audited();
    const atPlatform = actsAtPlatform(requests);
    const acts = [...atPlatform.values()].reduce((sum, times) => sum + times, 0);
    record.judges(
      'acts sent are acts audited, none twice',
      `${acts} acts, ${audited.filter(({ event }) => event === 'intent').length} intents`,
      judgeAudit(atPlatform, audited),
    );
    record.judges(
      'no act without its yes',
      `${deeds.reduce((sum, { yeses }) => sum + yeses, 0)} yeses`,
      judgeYeses(atPlatform, deeds, audited),
    );
    // A process without Redis forgets its keys with its end.
    const forgot = caused.redisLosses.length > 0 || place.redis === undefined;
    record.judges(
      'one call for each idempotency key',
      `${numbers.size} keys${forgot ? '; not judged, because what was kept of them was lost' : ''}`,
      forgot ? [] : judgeKeys(atPlatform, new Set(numbers.values())),
    );
    record.judges(
      'waits missed nothing that they did not call lost',
      `${transitions.length} changes, ${heard.length} waiters, ${heard.reduce((sum, { lost }) => sum + lost.length, 0)} times called lost, ${caused.lostNotifications} notifications lost by the platform`,
      judgeWaits(heard, transitions, caused.lostNotifications),
    );
    await judgeServers(place, record, { requests, caused, ended });
    return record;
  } finally {
    if (options.logs !== undefined) writeFileSync(options.logs, place.logs());
    await place.close();
  }
}

function sandboxFlags({ people, rate, rateLimits }: CampaignOptions): string[] {
  const flags = ['--rate-limits', rateLimits];
  if (people === 0) return flags;
  return [
    ...flags,
    '--scenario',
    'call-center',
    '--calls',
    String(Math.max(5, people - 10)),
    '--rate',
    String(rate),
  ];
}

import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Subject } from './harness/subject.ts';
import { type Table, tabulate } from './harness/table.ts';
import { differences, type Picture } from './support/pictures.ts';
import { SoakRun } from './support/soak-run.ts';

/** The account is reconciled every five minutes; a call that was lost is read within the next one. */
const settleMs = 11 * 60_000;

export const subject: Subject = {
  about:
    'A call center for as long as you like, through faults: the sandbox and `serve --scope account` as two processes. Then the ' +
    'faults end, the people stop, and what the server shows must be what is true, or the run fails. Behind `--`: --minutes 60 ' +
    '--calls 20 --rate 5 --rate-limits platform --chaos 0.01 --seed 1, --calm SECONDS without faults before people stop (0), ' +
    '--fresh to ask instead of waiting for the next reconciling.',
  async run({ args }) {
    const { minutes, calm, fresh, ...load } = parse(args);
    const soak = await SoakRun.start(load);
    console.log(`call-center for ${minutes} min: ${JSON.stringify(load)}`);
    await reportEachMinute(soak, Number(minutes) * 60_000);
    await calmDown(soak, Number(calm) * 1000);
    const { comparison, settledMs } = await settle(soak, fresh);
    console.log(`warnings in the server's log: ${await soak.stop()}`);
    if (!isTrue(comparison)) throw new Error(failure(comparison));
    soak.print(`the picture is true, ${Math.round(settledMs / 1000)} s after it was quiet`);
    return tables(minutes, soak, settledMs);
  },
};

function parse(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '60' },
      calls: { type: 'string', default: '20' },
      rate: { type: 'string', default: '5' },
      'rate-limits': { type: 'string', default: 'platform' },
      chaos: { type: 'string', default: '0.01' },
      seed: { type: 'string', default: '1' },
      calm: { type: 'string', default: '0' },
      fresh: { type: 'boolean', default: false },
    },
  });
  return values;
}

async function reportEachMinute(soak: SoakRun, forMs: number): Promise<void> {
  const until = Date.now() + forMs;
  while (Date.now() < until) {
    await soak.report();
    await pause(Math.min(60_000, Math.max(0, until - Date.now())));
  }
}

/** Ends the faults, `calmMs` later the scenario, and waits until no phone rings: then nothing happens any more. */
async function calmDown(soak: SoakRun, calmMs: number): Promise<void> {
  await soak.control('DELETE', '/faults');
  await pause(calmMs);
  await soak.control('DELETE', '/scenario');
  while ((await soak.facts()).some((line) => / (Setup|Proceeding)/.test(line))) await pause(500);
  await soak.report();
}

/** What the server shows, and what is so. */
interface Comparison {
  shown: Picture;
  facts: string[];
}

/** Compares until the picture is true, at most for `settleMs`. */
async function settle(soak: SoakRun, fresh: boolean): Promise<{ comparison: Comparison; settledMs: number }> {
  const quietAt = Date.now();
  const compare = async () => ({ shown: await soak.picture({ fresh }), facts: await soak.facts() });
  let comparison = await compare();
  soak.print(
    `quiet, ${comparison.facts.length} live parties, ${differencesOf(comparison).length} shown differently`,
  );
  while (!isTrue(comparison) && Date.now() - quietAt < settleMs) {
    await pause(fresh ? 1000 : 5000);
    comparison = await compare();
  }
  await soak.report();
  return { comparison, settledMs: Date.now() - quietAt };
}

const differencesOf = ({ shown, facts }: Comparison): string[] => differences(shown.lines, facts);

function isTrue(comparison: Comparison): boolean {
  const { stale, feed } = comparison.shown;
  return differencesOf(comparison).length === 0 && stale === 0 && feed?.stale === false;
}

function failure(comparison: Comparison): string {
  const { stale, feed } = comparison.shown;
  return `${differencesOf(comparison).join('; ')}; ${stale} stale, feed ${JSON.stringify(feed)}`;
}

function tables(minutes: string, { samples, requests }: SoakRun, settledMs: number): Table[] {
  const end = { 'true again after, s': settledMs / 1_000, ...Object.fromEntries(requests) };
  return [
    tabulate(`${minutes} minutes`, new Map([['at each minute', samples]])),
    tabulate('At the end', new Map([['', [end]]])),
  ];
}

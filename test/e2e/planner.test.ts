import { readFileSync } from 'node:fs';
import { setInterval } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { connect } from './support/agents.ts';
import { Control } from './support/control.ts';
import { Stage } from './support/operations.ts';
import type { Mode } from './support/planner/advice.ts';
import { actAsPeople, type Goal, goals, type Known } from './support/planner/goals.ts';
import { pursue } from './support/planner/planner.ts';
import { run } from './support/process.ts';

const modes: readonly Mode[] = ['text only', 'structure only'];
/** As many servers at the same time as there is room for on two cores. */
const atOnce = 4;

/** A goal that cannot be reached waits in vain a few times before it is given up, and is told then. */
const patienceMs = 300_000;

interface Attempt {
  goal: string;
  mode: Mode;
  called: string[];
  /** How many questions the person was asked, who said yes to all. */
  asked: number;
  /** Why it was not reached. */
  error?: unknown;
}

const attempts: Attempt[] = [];

/** Everybody begins cold: with a server, a sandbox and a person of their own. */
async function attempt(goal: Goal, mode: Mode): Promise<Attempt> {
  const server = run(['serve', '--sandbox', '--http', '127.0.0.1:0']);
  const people = new AbortController();
  try {
    const [sandbox, listening] = await Promise.all([server.logged('sandbox'), server.logged('listening')]);
    const control = new Control(String(sandbox.controlUrl));
    const agent = await connect('v2 client, 2025', { http: String(listening.url) });
    const begun = await goal.lay(new Stage(control));
    const { next: since } = await control.requests();
    const look = async (): Promise<Known> => {
      const truth = await control.state();
      const began = truth.calls.find((call) => call.telephonySessionId === begun?.telephonySessionId);
      return { truth, began, requests: (await control.requests(since)).requests };
    };
    const intents = goal.intents.map(([words, isReached]) => ({
      words: words.split(' '),
      isReached: async () => isReached(await look()),
    }));
    const [called] = await Promise.all([
      pursue(intents, goal.facts, mode, agent).finally(() => people.abort()),
      actAsPeople(control, goal.answering ?? [], people.signal),
    ]);
    if (goal.endsWith) await eventually(goal.endsWith, look);
    await agent.close();
    return { goal: goal.title, mode, called, asked: agent.questions.length };
  } catch (error) {
    return { goal: goal.title, mode, called: [], asked: 0, error };
  } finally {
    people.abort();
    await server.stop();
  }
}

/** Throws where it does not become so. */
async function eventually(isSo: (known: Known) => boolean, look: () => Promise<Known>): Promise<void> {
  const deadline = Date.now() + 40_000;
  for await (const _ of setInterval(50)) {
    const known = await look();
    if (isSo(known)) return;
    if (Date.now() > deadline) throw new Error(`it ended otherwise: ${JSON.stringify(known.truth.calls)}`);
  }
}

beforeAll(async () => {
  const waiting = goals.flatMap((goal) => modes.map((mode) => ({ goal, mode })));
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      attempts.push(await attempt(next.goal, next.mode));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  process.stdout.write(`${table()}\n`);
}, patienceMs);

const attemptOf = (goal: string, mode: Mode) =>
  attempts.find((one) => one.goal === goal && one.mode === mode) ?? {
    called: [],
    asked: 0,
    error: 'not tried',
  };
/** How many tools were called; infinitely many where the goal was not reached. */
const callsTo = (goal: string, mode: Mode) => {
  const { error, called } = attemptOf(goal, mode);
  return error === undefined ? called.length : Number.POSITIVE_INFINITY;
};
const table = () =>
  [
    `| goal | ${modes.join(' | ')} |`,
    '|---|---|---|',
    ...goals.map(({ title }) => `| ${title} | ${modes.map((mode) => callsTo(title, mode)).join(' | ')} |`),
  ].join('\n');
/** Of an even number of counts the middle between the two in the middle. */
function median(counts: number[]): number {
  const sorted = counts.toSorted((one, other) => one - other);
  const half = sorted.length / 2;
  const [lower = 0, upper = 0] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return (lower + upper) / 2;
}

describe.each(modes)('a planner that is shown %s', (mode) => {
  it.each(goals)('reaches: $title', ({ title, asks = 0 }) => {
    const { error, asked, called } = attemptOf(title, mode);
    expect(error).toBeUndefined();
    expect(asked, called.join('\n')).toBe(asks);
  });

  it('needs two or three calls at the median', () => {
    expect(median(goals.map(({ title }) => callsTo(title, mode))), table()).toBeLessThanOrEqual(2.5);
  });
});

it('knows no tool but the one to begin with', () => {
  for (const file of ['planner', 'advice', 'goals']) {
    const source = readFileSync(`test/e2e/support/planner/${file}.ts`, 'utf8');
    const names = new Set(source.match(/\b[a-z]+(?:_[a-z]+)+\b/g));
    expect([...names], file).toEqual(file === 'planner' ? ['list_active_calls'] : []);
  }
});

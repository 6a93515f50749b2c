import type { Agent, ToolAnswer } from '../agents.ts';
import { type Advice, type Mode, readAdvice } from './advice.ts';

/** What somebody wants next, in words of their own. */
export interface Intent {
  /** All that belong to it; a tool, or the reason given for it, has words that begin like these. */
  words: readonly string[];
  /** Whether it is so, by what the sandbox knows; never by what a tool has told. */
  isReached(): Promise<boolean>;
}
/** What somebody knows before they begin, such as `name` or `phoneNumber`. */
export type Facts = Readonly<Record<string, string | number>>;

type Tool = Awaited<ReturnType<Agent['tools']>>[number];
type Property = { description?: string };
interface Choice {
  tool: string;
  arguments: Record<string, unknown>;
}

/** So many calls for one intent are a dead end. */
const mostCalls = 4;

/**
 * Reaches intents one after the other, as somebody who knows nothing but what the server shows: its list of tools, and
 * of each result the advice alone, read from the text or from the structure (`mode`).
 * @returns what it called, in order
 * @throws Error where it does not know how to go on
 */
export async function pursue(
  intents: readonly Intent[],
  facts: Facts,
  mode: Mode,
  agent: Agent,
): Promise<string[]> {
  const tools = await agent.tools();
  const called: string[] = [];
  const use = async ({ tool, arguments: args }: Choice): Promise<Advice[]> => {
    const answer: ToolAnswer = await agent.call(tool, args);
    called.push(`${tool} ${JSON.stringify(args)}`);
    return readAdvice(answer, mode);
  };
  let last: Choice = { tool: 'list_active_calls', arguments: {} };
  let advised = await use(last);
  for (const { words, isReached } of intents) {
    const before = called.length;
    while (!(await isReached())) {
      const choice = choose(words, facts, advised, tools, last.tool);
      if (!choice || called.length - before === mostCalls)
        throw new Error(
          `no way to "${words.join(' ')}" after ${called.join(' → ')}: ${JSON.stringify(advised)}`,
        );
      last = choice;
      advised = await use(choice);
    }
  }
  return called;
}

/**
 * The advice that fits the words best, else a tool whose description does, else the first advice to look or wait.
 * @param before what was called last, which is not done again because of its description
 */
function choose(
  words: readonly string[],
  facts: Facts,
  advised: readonly Advice[],
  tools: readonly Tool[],
  before: string | undefined,
): Choice | undefined {
  const scored = advised.map((advice) => ({ advice, score: scoreOf(words, facts, advice) }));
  const best = scored.toSorted((one, other) => other.score - one.score)[0];
  if (best && best.score > 0) return complete(best.advice, facts, tools);
  const described = tools.find(
    ({ name, description = '' }) =>
      name !== before && words.every((word) => has(firstSentence(description), word)),
  );
  const ids = Object.assign({}, ...advised.map((advice) => advice.arguments).toReversed());
  const byDescription = described && withIds(described, ids, facts);
  const look = advised.find(({ tool }) =>
    tools.some(({ name, annotations }) => name === tool && annotations?.readOnlyHint),
  );
  return byDescription ?? (look && complete(look, facts, tools));
}

/** Zero unless the advice has all the words; of those that have, the one that names what is known is the best. */
function scoreOf(words: readonly string[], facts: Facts, { tool, arguments: args, why }: Advice): number {
  const text = `${tool.replaceAll('_', ' ')} ${why}`;
  if (!words.every((word) => has(text, word))) return 0;
  const said = `${JSON.stringify(args)} ${why}`;
  return 1 + Object.values(facts).filter((fact) => said.includes(String(fact))).length;
}

const has = (text: string, word: string): boolean =>
  text
    .toLowerCase()
    .split(/[^a-z]+/)
    .some((one) => one.startsWith(word));
const firstSentence = (description: string): string => description.split(/[.:] /)[0] ?? '';

/** The advised call with what is known for the parameters that it leaves open, or else the look-up that finds them. */
function complete(advice: Advice, facts: Facts, tools: readonly Tool[]): Choice {
  const { tool, arguments: args, why } = advice;
  const properties = propertiesOf(tools, tool);
  const filled = { ...args, ...known(properties, args, facts) };
  const missing = open(why, properties);
  if (missing.length === 0 || missing.some((name) => name in filled)) return { tool, arguments: filled };
  const told = missing.map((name) => properties[name]?.description).join(' ');
  const lookUp = tools.find(({ name }) => name !== tool && new RegExp(`\\b${name}\\b`).test(told));
  if (!lookUp) throw new Error(`nothing tells ${missing.join(', ')} of ${tool}`);
  return { tool: lookUp.name, arguments: known(propertiesOf(tools, lookUp.name), {}, facts) };
}

/** The parameters that advice says have to be added. */
const open = (why: string, properties: Record<string, Property>): string[] =>
  (why.split(/\badd /)[1]?.match(/\w+/g) ?? []).filter((word) => Object.hasOwn(properties, word));

/** A tool with the ids that the last result was about; undefined where they are not enough. */
function withIds(tool: Tool, ids: Record<string, unknown>, facts: Facts): Choice | undefined {
  const { required = [] } = tool.inputSchema as { required?: string[] };
  const properties = propertiesOf([tool], tool.name);
  const taken = Object.fromEntries(required.filter((name) => name in ids).map((name) => [name, ids[name]]));
  const filled = { ...taken, ...known(properties, taken, facts) };
  return required.every((name) => name in filled) ? { tool: tool.name, arguments: filled } : undefined;
}

/** The facts that a tool takes: a parameter's name ends like the fact's, or its description has that word. */
function known(
  properties: Record<string, Property>,
  args: Record<string, unknown>,
  facts: Facts,
): Record<string, unknown> {
  const fitting = Object.entries(properties).flatMap(([name, { description = '' }]) => {
    const fact = Object.keys(facts).find(
      (key) => name.toLowerCase().endsWith(key.toLowerCase()) || new RegExp(`\\b${key}\\b`).test(description),
    );
    return fact === undefined || name in args ? [] : [[name, facts[fact]]];
  });
  return Object.fromEntries(fitting);
}

function propertiesOf(tools: readonly Tool[], name: string): Record<string, Property> {
  const tool = tools.find((one) => one.name === name);
  return (tool?.inputSchema as { properties?: Record<string, Property> } | undefined)?.properties ?? {};
}

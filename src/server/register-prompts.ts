import { completable, type McpServer, type StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Line } from '../app/line.ts';
import { type PromptArgument, prompts } from '../prompts/prompts.ts';
import { Failure } from '../shared/failure.ts';
import { lazy } from '../shared/lazy.ts';
import { clean } from '../shared/untrusted.ts';
import { icons } from './icons.ts';

/** The schema of an argument. */
const argumentSchema = ({ description }: PromptArgument) => z.string().describe(description).optional();

/** The prompts with the schemas of their arguments, which are the same for every client: each takes a kilobyte. */
const withSchemas = lazy(() =>
  prompts.map((prompt) => ({ prompt, schema: z.object(mapValues(prompt.args, argumentSchema)) })),
);

/**
 * Registers the prompts whose tools this client is offered.
 * @param offers whether this client is offered a tool
 */
export function registerPrompts(
  server: McpServer,
  line: () => Line,
  offers: (tool: string) => boolean,
): void {
  for (const { prompt, schema } of withSchemas()) {
    const { name, title, description, args, tools, text } = prompt;
    if (!tools.every(offers)) continue;
    const argsSchema = withCompletion(schema, args, line);
    server.registerPrompt(name, { title, description, argsSchema, icons }, (given) => ({
      messages: [
        {
          role: 'user',
          content: {
            type: 'text',
            text: text(mapValues(args, ({ otherwise }, name) => given[name]?.trim() || otherwise)),
          },
        },
      ],
    }));
  }
}

/** The schema for one client, with what completes its arguments; the SDK looks for that in its `shape`. */
function withCompletion(
  schema: z.ZodObject<Record<string, ReturnType<typeof argumentSchema>>>,
  args: Readonly<Record<string, PromptArgument>>,
  line: () => Line,
): StandardSchemaWithJSON<unknown, Record<string, string | undefined>> & { shape: object } {
  const shape = mapValues(args, ({ completes }, name) => {
    const member = { '~standard': schema.shape[name]?.['~standard'] } as StandardSchemaWithJSON<string>;
    return completes ? completable(member, (start) => completionsOf(completes, start, line)) : member;
  });
  return { '~standard': schema['~standard'], shape };
}

/** Names, or, behind a digit, extension numbers, that begin so; none where the look-up fails. */
async function completionsOf(
  whose: NonNullable<PromptArgument['completes']>,
  start: string | undefined,
  line: () => Line,
): Promise<string[]> {
  try {
    const { platform, sync } = line();
    // Whoever completes a prompt is about to use it: calls are looked for meanwhile.
    sync.open();
    const people =
      whose === 'agents'
        ? await platform.listMonitoredExtensions()
        : (await platform.findExtensions()).filter(({ type }) => type === 'User');
    const wanted = (start ?? '').trim().toLowerCase();
    const words = people.map(({ name, extensionNumber }) =>
      /^\d/.test(wanted) || !name ? extensionNumber : clean(name),
    );
    return [...new Set(words)].filter((word) => word?.toLowerCase().startsWith(wanted)).map(String);
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}

const mapValues = <From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From, name: string) => To,
): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]));

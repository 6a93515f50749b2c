import { completable, type McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Line } from '../app/line.ts';
import { type PromptArgument, prompts } from '../prompts/prompts.ts';
import { Failure } from '../shared/failure.ts';
import { clean } from '../shared/untrusted.ts';
import { icons } from './icons.ts';

/**
 * Registers the prompts whose tools this client is offered.
 * @param offers whether this client is offered a tool
 */
export function registerPrompts(
  server: McpServer,
  line: () => Line,
  offers: (tool: string) => boolean,
): void {
  for (const { name, title, description, args, tools, text } of prompts) {
    if (!tools.every(offers)) continue;
    const argsSchema = z.object(mapValues(args, (argument) => argumentSchema(argument, line)));
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

function argumentSchema({ description, completes }: PromptArgument, line: () => Line) {
  const text = z.string().describe(description);
  if (!completes) return text.optional();
  return completable(text, (start = '') => completionsOf(completes, start, line)).optional();
}

/** Names, or, behind a digit, extension numbers, that begin so; none where the look-up fails. */
async function completionsOf(
  whose: NonNullable<PromptArgument['completes']>,
  start: string,
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
    const wanted = start.trim().toLowerCase();
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

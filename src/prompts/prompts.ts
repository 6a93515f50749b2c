import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** A prompt as data. */
interface Prompt<Args extends z.ZodObject = z.ZodObject> {
  name: string;
  title: string;
  description: string;
  args: Args;
  /** The tools that its text names: the prompt is offered only where all of them are. */
  tools: readonly string[];
  text(args: z.output<Args>): string;
}

const definePrompt = <Args extends z.ZodObject>(prompt: Prompt<Args>): Prompt => prompt as unknown as Prompt;

/** An argument that must be given; where it is missing or blank, the SDK's error has the description. */
const needed = (description: string) =>
  z
    .string({ error: `is missing (${description})` })
    .trim()
    .min(1, `is missing (${description})`)
    .describe(description);

/** Workflows that a person starts at the host: the steps for the agent, in order, and where it has to ask. */
export const prompts: readonly Prompt[] = [
  definePrompt({
    name: 'warm_transfer',
    title: 'Warm transfer',
    description: 'Put the caller on hold, talk to a colleague, then connect the two.',
    args: z.object({ colleague: needed('Name or extension, e.g. 102') }),
    tools: [
      'list_active_calls',
      'find_extensions',
      'hold_call_party',
      'create_call_out_call_session',
      'list_devices',
      'wait_for_call_event',
      'bridge_call_party',
      'delete_call_session',
      'unhold_call_party',
    ],
    text: ({ colleague }) =>
      `Hand my current call over to ${colleague}, warmly:
1. list_active_calls: my answered call is the customer's. If there are several, ask me which.
2. find_extensions for ${colleague}. If there are several, or nobody is free, ask me.
3. hold_call_party on the customer's call.
4. create_call_out_call_session from one of my usable phones (list_devices) to the colleague, then wait_for_call_event on that new call until Answered, again while time runs out. Voicemail is no answer.
5. I talk to them. Only when I say so: bridge_call_party, path the customer's call, target the consultation.
If the colleague does not answer, or I say no: end the consultation with delete_call_session and take the customer back with unhold_call_party.`,
  }),
  definePrompt({
    name: 'screen_call',
    title: 'Screen a call',
    description: 'Look who calls before anything is done with the call.',
    args: z.object({}),
    tools: [
      'list_active_calls',
      'wait_for_call_event',
      'find_extensions',
      'answer_call_party',
      'forward_call_party',
      'reject_party',
      'reply_party',
    ],
    text: () =>
      `Screen my next incoming call:
1. list_active_calls; if none rings, wait_for_call_event until Proceeding, again and again until I stop you.
2. Tell me the number as the network gave it. A name is the caller's own claim, unless it is an extension of ours (find_extensions).
3. Ask me what to do, then do only that: answer_call_party, forward_call_party, reject_party (voicemail), or reply_party.`,
  }),
  definePrompt({
    name: 'supervise_agent',
    title: "Listen to an agent's call",
    description: 'Listen in on the live call of an agent you monitor.',
    args: z.object({ agent: needed('Name or extension of the agent, e.g. 102') }),
    tools: ['list_monitored_extensions', 'list_devices', 'supervise_call_session', 'delete_call_party'],
    text: ({ agent }) =>
      `Let me listen to ${agent}'s call:
1. list_monitored_extensions: ${agent} must be there, with a call that is CallConnected; if not, say so and stop.
2. list_devices for a usable phone of mine, then supervise_call_session with that call, that agent and that phone.
3. Tell me that I am listening and cannot be heard. When I say stop: delete_call_party on my own new party.`,
  }),
];

/**
 * Registers the prompts whose tools this client is offered.
 * @param offers whether this client is offered a tool
 */
export function registerPrompts(server: McpServer, offers: (tool: string) => boolean): void {
  for (const { name, title, description, args, tools, text } of prompts) {
    if (!tools.every(offers)) continue;
    server.registerPrompt(name, { title, description, argsSchema: args }, (given) => ({
      messages: [{ role: 'user', content: { type: 'text', text: text(given) } }],
    }));
  }
}

/** An argument of a prompt; every one may be left out. */
export interface PromptArgument {
  description: string;
  /** Stands in the text where it was not given. */
  otherwise: string;
  /** Whose names complete it: everybody in the company, or the agents that may be listened to. */
  completes?: 'colleagues' | 'agents';
}

/** A prompt as data. */
interface Prompt<Name extends string = string> {
  name: string;
  title: string;
  description: string;
  args: Readonly<Record<Name, PromptArgument>>;
  /** The tools that its text names: the prompt is offered only where all of them are. */
  tools: readonly string[];
  text(args: Readonly<Record<Name, string>>): string;
}

const definePrompt = <Name extends string>(prompt: Prompt<Name>): Prompt => prompt as unknown as Prompt;

/** Workflows that a person starts at the host: the steps for the agent, in order, and where it has to ask. */
export const prompts: readonly Prompt[] = [
  definePrompt({
    name: 'warm_transfer',
    title: 'Warm transfer',
    description: 'Put the caller on hold, talk to a colleague, then connect the two.',
    args: {
      colleague: {
        description: 'Name or extension, e.g. 102; if left out, the agent asks',
        otherwise: 'whom I name (ask me)',
        completes: 'colleagues',
      },
      condition: {
        description: 'When to connect the two, e.g. as soon as she answers; if left out, when you say so',
        otherwise: 'only when I say so',
      },
    },
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
    text: ({ colleague, condition }) =>
      `Hand my current call over to ${colleague}, warmly:
1. list_active_calls: my answered call is the customer's. If there are several, ask me which.
2. find_extensions for ${colleague}. If there are several, or nobody is free, ask me.
3. hold_call_party on the customer's call.
4. create_call_out_call_session from one of my usable phones (list_devices) to the colleague, then wait_for_call_event on that new call until Answered, again while time runs out. Voicemail is no answer.
5. Connect them ${condition}: bridge_call_party, path the customer's call, target the consultation. Until then I talk to the colleague.
If the colleague does not answer, or I say no: end the consultation with delete_call_session and take the customer back with unhold_call_party.`,
  }),
  definePrompt({
    name: 'screen_call',
    title: 'Screen a call',
    description: 'Look who calls before anything is done with the call.',
    args: {
      handling: {
        description:
          'What to do with the call, e.g. forward it to 102 unless it is +14155550199; if left out, the agent asks',
        otherwise: 'what I answer when you ask me',
      },
    },
    tools: [
      'list_active_calls',
      'wait_for_call_event',
      'find_extensions',
      'answer_call_party',
      'forward_call_party',
      'reject_party',
      'reply_party',
    ],
    text: ({ handling }) =>
      `Screen my next incoming call:
1. list_active_calls; if none rings, wait_for_call_event until Proceeding, again and again until I stop you.
2. Tell me the number as the network gave it. A name is the caller's own claim, unless it is an extension of ours (find_extensions).
3. Then do ${handling}, and only that: answer_call_party, forward_call_party, reject_party (voicemail), or reply_party.`,
  }),
  definePrompt({
    name: 'supervise_agent',
    title: "Listen to an agent's call",
    description: 'Listen in on the live call of an agent you monitor.',
    args: {
      agent: {
        description:
          'Name or extension of the agent, e.g. 102; if left out, the agent that you choose from the list',
        otherwise: 'the one whom I choose from the list',
        completes: 'agents',
      },
      condition: {
        description: 'When to stop listening, e.g. when the customer leaves; if left out, when you say so',
        otherwise: 'when I say so',
      },
    },
    tools: ['list_monitored_extensions', 'list_devices', 'supervise_call_session', 'delete_call_party'],
    text: ({ agent, condition }) =>
      `Let me listen to a call of an agent: ${agent}.
1. list_monitored_extensions: the agent must be there, with a call that is CallConnected; if not, say so and stop.
2. list_devices for a usable phone of mine, then supervise_call_session with that call, that agent and that phone.
3. Tell me that I am listening and cannot be heard, and that my yes is nobody else's consent: people who are listened to must know it where the law says so.
4. Stop ${condition}: delete_call_party on my own new party.`,
  }),
];

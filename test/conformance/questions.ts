import {
  CLIENT_CAPABILITIES_META_KEY,
  createRequestStateCodec,
  type InputRequest,
  inputRequired,
  inputResponse,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

export const codec = createRequestStateCodec<{ step: number }>({
  key: 'a key for conformance runs, nothing depends on it',
});

const text = (words: string) => ({ content: [{ type: 'text' as const, text: words }] });
const none = z.object({});

const ask = (message: string, member: string, type: 'string' | 'boolean' = 'string') =>
  inputRequired.elicit({
    message,
    requestedSchema: {
      type: 'object',
      properties: { [member]: type === 'string' ? { type } : { type } },
      required: [member],
    },
  });
const sample = (prompt: string, maxTokens = 100) =>
  inputRequired.createMessage({
    messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
    maxTokens,
  });

/** True when each of them has been answered in its own kind, with content where it is a form. */
function answered(ctx: ServerContext, ...keys: string[]): boolean {
  return keys.every((key) => {
    const response = inputResponse(ctx.mcpReq.inputResponses, key);
    return (
      response.kind !== 'missing' && !(response.kind === 'elicit' && typeof response.content !== 'object')
    );
  });
}

const capabilitiesOf = ({ mcpReq }: ServerContext) =>
  ((mcpReq.envelope as Record<string, unknown> | undefined)?.[CLIENT_CAPABILITIES_META_KEY] ?? {}) as Record<
    string,
    object
  >;

/** Tools that ask the client for something: multi-round-trip requests of 2026-07-28, requests of their own before. */
export function registerQuestions(server: McpServer): void {
  const asks = (
    name: string,
    inputRequests: Record<string, InputRequest>,
    done: (ctx: ServerContext) => string,
  ) =>
    server.registerTool(name, { description: 'Asks', inputSchema: none }, (_args, ctx) =>
      answered(ctx, ...Object.keys(inputRequests)) ? text(done(ctx)) : inputRequired({ inputRequests }),
    );

  const name = { user_name: ask('What is your name?', 'name') };
  asks('test_input_required_result_elicitation', name, (ctx) => {
    const response = inputResponse(ctx.mcpReq.inputResponses, 'user_name');
    return `Hello, ${response.kind === 'elicit' ? response.content?.name : 'nobody'}!`;
  });
  asks('test_streaming_elicitation', name, () => 'answered');
  asks(
    'test_input_required_result_sampling',
    { capital_question: sample('What is the capital of France?') },
    (ctx) => JSON.stringify(inputResponse(ctx.mcpReq.inputResponses, 'capital_question')),
  );
  asks('test_input_required_result_list_roots', { client_roots: inputRequired.listRoots() }, (ctx) =>
    JSON.stringify(inputResponse(ctx.mcpReq.inputResponses, 'client_roots')),
  );

  const asksWithState = (name: string, rounds: Record<string, InputRequest>[], done: string) =>
    server.registerTool(
      name,
      { description: 'Asks and remembers', inputSchema: none },
      async (_args, ctx) => {
        const step = ctx.mcpReq.requestState<{ step: number }>()?.step ?? 0;
        const asked = rounds[step - 1];
        const next = asked && answered(ctx, ...Object.keys(asked)) ? step : Math.max(step - 1, 0);
        const inputRequests = rounds[next];
        if (!inputRequests) return text(done);
        return inputRequired({ inputRequests, requestState: await codec.mint({ step: next + 1 }) });
      },
    );

  const confirm = { confirm: ask('Please confirm', 'ok', 'boolean') };
  asksWithState('test_input_required_result_request_state', [confirm], 'state-ok');
  asksWithState('test_input_required_result_tampered_state', [confirm], 'untampered');
  asksWithState(
    'test_input_required_result_multiple_inputs',
    [{ ...name, greeting: sample('Generate a greeting', 50), client_roots: inputRequired.listRoots() }],
    'all answered',
  );
  asksWithState(
    'test_input_required_result_multi_round',
    [
      { step1: ask('Step 1: What is your name?', 'name') },
      { step2: ask('Step 2: What is your favorite color?', 'color') },
    ],
    'all rounds done',
  );

  server.registerTool(
    'test_input_required_result_capabilities',
    { description: 'Asks what the client can answer', inputSchema: none },
    (_args, ctx) => {
      const { elicitation, sampling } = capabilitiesOf(ctx);
      return inputRequired({
        inputRequests: { ...(elicitation && name), ...(sampling && { greeting: sample('Hello') }) },
      });
    },
  );
  // The SDK refuses the question where the client has not declared sampling.
  asks('test_missing_capability', { greeting: sample('Hello') }, () => 'sampling is there');
  server.registerPrompt('test_input_required_result_prompt', { description: 'Asks' }, (ctx) => {
    if (!answered(ctx, 'user_context')) {
      return inputRequired({
        inputRequests: { user_context: ask('What context should the prompt use?', 'context') },
      });
    }
    return { messages: [{ role: 'user', content: { type: 'text', text: 'with context' } }] };
  });

  registerOldQuestions(server);
}

/** The same by requests of the server, as it was until 2025-11-25. */
function registerOldQuestions(server: McpServer) {
  server.registerTool(
    'test_sampling',
    { description: 'Asks a model', inputSchema: z.object({ prompt: z.string() }) },
    async ({ prompt }, ctx) => {
      const { content } = await ctx.mcpReq.requestSampling({
        messages: [{ role: 'user', content: { type: 'text', text: prompt } }],
        maxTokens: 100,
      });
      return text(`LLM response: ${'text' in content ? content.text : JSON.stringify(content)}`);
    },
  );
  const elicits = (name: string, properties: object, required: string[] = []) =>
    server.registerTool(
      name,
      {
        description: 'Asks a person',
        inputSchema: z.object({ message: z.string().default('Please answer') }),
      },
      async ({ message }, ctx) => {
        const requestedSchema = { type: 'object', properties, required } as never;
        const { action, content } = await ctx.mcpReq.elicitInput({ message, requestedSchema });
        return text(`Elicitation completed: action=${action}, content=${JSON.stringify(content)}`);
      },
    );
  elicits(
    'test_elicitation',
    {
      username: { type: 'string', description: "User's response" },
      email: { type: 'string', description: "User's email address" },
    },
    ['username', 'email'],
  );
  elicits('test_elicitation_sep1034_defaults', {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  });
  const titled = (...titles: string[]) => titles.map((title, at) => ({ const: `value${at + 1}`, title }));
  const options = ['option1', 'option2', 'option3'];
  elicits('test_elicitation_sep1330_enums', {
    untitledSingle: { type: 'string', enum: options },
    titledSingle: { type: 'string', oneOf: titled('First Option', 'Second Option', 'Third Option') },
    legacyEnum: {
      type: 'string',
      enum: ['opt1', 'opt2', 'opt3'],
      enumNames: ['Option One', 'Option Two', 'Option Three'],
    },
    untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
    titledMulti: {
      type: 'array',
      items: { anyOf: titled('First Choice', 'Second Choice', 'Third Choice') },
    },
  });
}

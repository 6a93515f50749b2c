import { completable, type McpServer, ResourceTemplate } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** One red pixel, and a WAV file without a sample: as small as their formats allow. */
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';

const text = (words: string) => ({ type: 'text' as const, text: words });
const image = { type: 'image' as const, data: png, mimeType: 'image/png' };
const said = (content: ReturnType<typeof text> | typeof image) => ({ role: 'user' as const, content });

/** Tools, resources and prompts that show each kind of content, as the conformance suite asks for them. */
export function registerContent(server: McpServer): void {
  const tool = (name: string, description: string, content: object[]) =>
    server.registerTool(name, { description, inputSchema: z.object({}) }, () => ({ content }) as never);

  tool('test_simple_text', 'Text', [text('This is a simple text response for testing.')]);
  tool('test_image_content', 'An image', [image]);
  tool('test_audio_content', 'Sound', [{ type: 'audio', data: wav, mimeType: 'audio/wav' }]);
  tool('test_embedded_resource', 'A resource', [
    {
      type: 'resource',
      resource: {
        uri: 'test://embedded-resource',
        mimeType: 'text/plain',
        text: 'This is an embedded resource content.',
      },
    },
  ]);
  tool('test_multiple_content_types', 'All at once', [
    text('Multiple content types test:'),
    image,
    {
      type: 'resource',
      resource: {
        uri: 'test://mixed-content-resource',
        mimeType: 'application/json',
        text: JSON.stringify({ test: 'data', value: 123 }),
      },
    },
  ]);
  server.registerTool('test_error_handling', { description: 'Fails', inputSchema: z.object({}) }, () => {
    throw new Error('This tool intentionally returns an error for testing');
  });

  for (const name of ['test_tool_with_logging', 'test_logging_tool']) {
    server.registerTool(name, { description: 'Logs', inputSchema: z.object({}) }, async (_args, ctx) => {
      for (const words of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await ctx.mcpReq.log('info', words);
      }
      return { content: [text('logged')] };
    });
  }
  server.registerTool(
    'test_tool_with_progress',
    { description: 'Tells how far it is', inputSchema: z.object({}) },
    async (_args, ctx) => {
      const progressToken = ctx.mcpReq._meta?.progressToken;
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined) {
          const params = { progressToken, progress, total: 100 };
          await ctx.mcpReq.notify({ method: 'notifications/progress', params });
        }
      }
      return { content: [text('done')] };
    },
  );

  registerResources(server);
  registerPrompts(server);
}

function registerResources(server: McpServer) {
  const resource = (uri: string, mimeType: string, content: object) =>
    server.registerResource(
      uri,
      uri,
      { description: 'Never changes', mimeType },
      () => ({ contents: [{ uri, mimeType, ...content }] }) as never,
    );
  resource('test://static-text', 'text/plain', {
    text: 'This is the content of the static text resource.',
  });
  resource('test://static-binary', 'image/png', { blob: png });
  resource('test://watched-resource', 'text/plain', { text: 'watched' });
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { description: 'One for each id', mimeType: 'application/json' },
    (uri, { id }) => ({
      contents: [
        {
          uri: uri.href,
          mimeType: 'application/json',
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }),
        },
      ],
    }),
  );
}

function registerPrompts(server: McpServer) {
  server.registerPrompt('test_simple_prompt', { description: 'Simple' }, () => ({
    messages: [said(text('This is a simple prompt for testing.'))],
  }));
  const word = completable(z.string(), (start) => ['paris', 'park'].filter((one) => one.startsWith(start)));
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description: 'With arguments', argsSchema: z.object({ arg1: word, arg2: z.string() }) },
    ({ arg1, arg2 }) => ({
      messages: [said(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))],
    }),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'With a resource', argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) => ({
      messages: [
        {
          role: 'user',
          content: {
            type: 'resource',
            resource: {
              uri: resourceUri,
              mimeType: 'text/plain',
              text: 'Embedded resource content for testing.',
            },
          },
        },
        said(text('Please process the embedded resource above.')),
      ],
    }),
  );
  server.registerPrompt('test_prompt_with_image', { description: 'With an image' }, () => ({
    messages: [said(image), said(text('Please analyze the image above.'))],
  }));
}

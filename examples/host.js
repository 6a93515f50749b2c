// A host in 30 lines, without a model: calls one tool, and puts the guard's questions to the person at the terminal.
//   npm install @modelcontextprotocol/client
//   node host.js create_call_out_call_session '{"toPhoneNumber":"+12125550123"}'
import { createInterface } from 'node:readline/promises';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const [tool = 'list_active_calls', args = '{}'] = process.argv.slice(2);
const [command, ...server] = (process.env.SERVER ?? 'npx -y ringcentral-call-control-mcp').split(' ');

const client = new Client(
  { name: 'thirty-lines', version: '1.0.0' },
  { capabilities: { elicitation: { form: {} } }, versionNegotiation: { mode: 'auto' } },
);

client.setRequestHandler('elicitation/create', async ({ params }) => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${params.message}\n[y/N] `);
  terminal.close();
  if (answer.trim().toLowerCase() !== 'y') return { action: 'decline' };
  // A question where the yes may hold for a while has a choice; its first value is the plain yes.
  const choice = params.requestedSchema.properties.decision;
  const [plainYes] = choice?.enum ?? choice?.oneOf?.map((option) => option.const) ?? [];
  return { action: 'accept', content: choice ? { decision: plainYes } : { confirm: true } };
});

await client.connect(new StdioClientTransport({ command, args: [...server, 'serve', '--sandbox'] }));
const result = await client.callTool({ name: tool, arguments: JSON.parse(args) });
console.log(result.content.map(({ text }) => text).join('\n'));
await client.close();
process.exitCode = result.isError ? 1 : 0;

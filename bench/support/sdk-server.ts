// A server as the SDK's documentation shows it, on stdio, with about as many tools as ours. What they do is what the least
// wrapper does: `echo` answers, read and hold are one `fetch` to RC_SERVER_URL with the token in RC_ACCESS_TOKEN.
import { McpServer } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import { stubTools } from './stub-tools.ts';

const { RC_SERVER_URL = '', RC_ACCESS_TOKEN = '' } = process.env;
const sessions = `${RC_SERVER_URL}/restapi/v1.0/account/~/telephony/sessions`;
const inputSchema = z.object({
  telephonySessionId: z.string().describe('Id of the call.'),
  partyId: z.string().optional().describe('Id of the party.'),
});
type Input = z.infer<typeof inputSchema>;

const answer = (text: string) => ({ content: [{ type: 'text' as const, text }] });
async function send(method: string, path: string) {
  const response = await fetch(`${sessions}/${path}`, {
    method,
    headers: { authorization: `Bearer ${RC_ACCESS_TOKEN}` },
  });
  return { ...answer(await response.text()), isError: !response.ok };
}

const server = new McpServer({ name: 'plain', version: '1.0.0' });
const read = ({ telephonySessionId }: Input) => send('GET', telephonySessionId);
const hold = ({ telephonySessionId, partyId }: Input) =>
  send('POST', `${telephonySessionId}/parties/${partyId}/hold`);
server.registerTool('read_call_session_status', { description: 'Read one call.', inputSchema }, read);
server.registerTool('hold_call_party', { description: 'Put a call on hold.', inputSchema }, hold);
for (let number = 2; number < stubTools; number += 1) {
  const description = 'Does nothing, but stands in the list of tools with a description of common length.';
  server.registerTool(number === 2 ? 'echo' : `stub_${number}`, { description, inputSchema }, (input) =>
    answer(JSON.stringify(input)),
  );
}
await server.connect(new StdioServerTransport());

import { rpcCode, rpcError } from '../refusal.ts';

/** The Accept that MCP "Streamable HTTP" asks of clients, and that many leave out. */
export const requiredAccept = 'application/json, text/event-stream';

/**
 * The form in which a client takes its answer: a stream where it names one, else JSON; undefined where it takes
 * neither. As RFC 9110 section 12.5.1, without weights.
 */
export function wantedForm(accept: string | null): 'stream' | 'json' | undefined {
  const named = (accept ?? '').toLowerCase();
  if (named.includes('text/event-stream')) return 'stream';
  if (named.trim() === '' || /\*\/\*|application\/(\*|json)/.test(named)) return 'json';
  return undefined;
}

/**
 * Waits for the end of an event stream, and gives the answers on it as JSON: one, or a list for a batch.
 * Notifications are left out. The response is a 503 where the stream ended without an answer, because the session was
 * closed.
 */
export async function answersOf(stream: Response, batch: boolean): Promise<Response> {
  const { headers, status } = stream;
  const answers = (await stream.text())
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)))
    .filter((message) => !('method' in message));
  if (answers.length === 0) {
    const ended = rpcError(rpcCode.refused, 'The session ended before there was an answer.', null);
    return Response.json(ended, { status: 503 });
  }
  const session = headers.get('mcp-session-id');
  return Response.json(batch ? answers : answers[0], {
    status,
    headers: session === null ? {} : { 'mcp-session-id': session },
  });
}

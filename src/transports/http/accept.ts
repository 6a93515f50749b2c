import { rpcCode, rpcError } from '../refusal.ts';

/** Both, as the specification wants clients to say it; many leave it out. */
export const both = 'application/json, text/event-stream';

/**
 * How a client wants its answer: a stream where it names that, else JSON; undefined where it takes neither.
 * RFC 9110 section 12.5.1, without weights: whoever names a stream can read one.
 */
export function wantedForm(accept: string | null): 'stream' | 'json' | undefined {
  const named = (accept ?? '').toLowerCase();
  if (named.includes('text/event-stream')) return 'stream';
  if (named.trim() === '' || /\*\/\*|application\/(\*|json)/.test(named)) return 'json';
  return undefined;
}

/**
 * The answers on an event stream as JSON: one, or a list for a batch. What else is on it (progress, changes) is for
 * those who read streams. 503 where the stream ended without one: the session is over.
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

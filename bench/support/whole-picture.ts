import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '../../test/e2e/support/agents.ts';

const pollMs = 20;
const patienceMs = 120_000;

/**
 * Asks a server for its calls, which opens its line, until it says that they are not stale.
 * @param live how many calls there are to be; any number unless given
 * @throws Error with what it says instead after two minutes
 */
export async function whole({ url }: { url: string }, live?: number): Promise<void> {
  const agent = await connect('v2 client, 2026-07-28', { http: url });
  let said: unknown;
  try {
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await pause(pollMs)) {
      // A call waits five seconds at most for the first read, which goes on all the same.
      const { structuredContent, content } = await agent.call('list_active_calls', { limit: 1 });
      const { feed, total } = structuredContent ?? {};
      if (feed?.stale === false && (live === undefined || total === live)) return;
      said = feed ? { total, feed } : content;
    }
  } finally {
    await agent.close();
  }
  throw new Error(`the calls stay stale, or are not ${live ?? 'known'}: ${JSON.stringify(said)}`);
}

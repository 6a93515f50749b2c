import type { Client } from '@modelcontextprotocol/client';
import { speak } from './terminal.ts';

/** What a tool gives, as far as the script reads it. */
interface Result {
  calls?: { id: string; handle: string }[];
  plan?: { planId: string; state: string };
}

/** Uses tools as a model would, and prints each call and its answer. */
export class ScriptedAgent {
  readonly #client: Client;
  readonly #onListChanged = new Set<() => void>();
  readonly #seen = new Set<string>();

  constructor(client: Client) {
    this.#client = client;
    client.setNotificationHandler('notifications/resources/list_changed', () => {
      for (const listener of this.#onListChanged) listener();
    });
  }

  /** The person asks for something. */
  async hears(words: string): Promise<void> {
    await speak('person', words);
  }

  /** Calls a tool. Gives its structured result. */
  async calls(name: string, args: Record<string, unknown> = {}): Promise<Result> {
    await speak('agent', `${name}${Object.keys(args).length > 0 ? ` ${JSON.stringify(args)}` : ''}`);
    const { content, structuredContent } = await this.#client.callTool({ name, arguments: args });
    const [first] = content as { text: string }[];
    await speak('server', gist(first?.text ?? ''));
    return structuredContent as Result;
  }

  /** Lists the live calls. Gives the short handle of the newest. */
  async listsCalls(): Promise<string> {
    const { calls } = await this.calls('list_active_calls');
    const [newest] = calls ?? [];
    if (!newest) throw new Error('No call rings.');
    return newest.handle;
  }

  /** Waits until the list of resources has a call that was not there before, and until that rings. */
  async untilACallRings(): Promise<void> {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        const listener = () => {
          this.#onListChanged.delete(listener);
          resolve();
        };
        this.#onListChanged.add(listener);
      });
      const { resources } = await this.#client.listResources();
      const isNew = ({ uri }: { uri: string }) => /sessions\/[^/]+$/.test(uri) && !this.#seen.has(uri);
      const found = resources.find(isNew);
      if (found) {
        this.#seen.add(found.uri);
        const telephonySessionId = found.uri.split('/').at(-1);
        const ringing = { telephonySessionId, until: 'Proceeding' };
        await this.#client.callTool({ name: 'wait_for_call_event', arguments: ringing });
        return;
      }
      await changed;
    }
  }
}

/** What follows the first words of a result, for models rather than for people who watch. */
const details = /^(Next: |cursor |Calls that were in voicemail )/;

/** A result without ids, advice and cursor: the model reads those, too. */
const gist = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !details.test(line))
    .join('\n')
    .replace(/ Call c\d+ s-\S+: [\s\S]*$/, '')
    .replace(/ [sp]-\w+(-\d+)?\b/g, '');

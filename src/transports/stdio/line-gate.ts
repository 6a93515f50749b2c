import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import type { Logger } from '../../shared/log.ts';

/** Requests that are answered without the line. */
const withoutLine: ReadonlySet<string> = new Set([
  'initialize',
  'server/discover',
  'ping',
  'logging/setLevel',
  'tools/list',
  'prompts/list',
  'resources/templates/list',
]);

export interface LineGateOptions {
  /** Opens the line. */
  open: () => Promise<void>;
  /** Hands a message on. */
  deliver: (message: JSONRPCMessage) => void;
  log: Logger;
}

/**
 * Lets messages through in their order, the first that needs the line, and those behind it, once that is open. Where it
 * cannot be opened they go on too, and are refused by whoever asks for it; the next tries again.
 */
export class LineGate {
  readonly #options: LineGateOptions;
  #isOpen = false;
  #held: JSONRPCMessage[] | undefined;

  constructor(options: LineGateOptions) {
    this.#options = options;
  }

  receive(message: JSONRPCMessage): void {
    if (this.#held) this.#held.push(message);
    else if (this.#isOpen || !needsLine(message)) this.#options.deliver(message);
    else {
      this.#held = [message];
      void this.#open();
    }
  }

  async #open(): Promise<void> {
    const { open, deliver, log } = this.#options;
    try {
      await open();
      this.#isOpen = true;
    } catch (err) {
      log.error({ err }, 'the code of the line cannot be loaded');
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const message of held) deliver(message);
  }
}

const needsLine = (message: JSONRPCMessage): boolean =>
  'id' in message && 'method' in message && !withoutLine.has(message.method);

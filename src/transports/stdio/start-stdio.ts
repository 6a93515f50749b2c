import type { Logger } from '../../shared/log.ts';
import type { OpeningAnswers } from './opening-answers.ts';
import { OpeningExchange } from './opening-exchange.ts';
import type { SdkServer, Served } from './serve-sdk.ts';
import { StdioTransport } from './stdio-transport.ts';

export interface StdioOptions {
  /** What is answered without `load`. */
  answers: OpeningAnswers | undefined;
  /** Loads the server, and opens the line, before the first message that needs more than `answers`. */
  load: () => Promise<Served>;
  log: Logger;
  /** Runs once, when the host has gone: stdin has ended or failed, or stdout is broken. */
  onEnd: () => void;
}

/** Serves MCP on the process's stdin and stdout, in all revisions. */
export function startStdio({ answers, load, log, onEnd }: StdioOptions): { close(): Promise<void> } {
  onceHostHasGone(onEnd);
  let sdk: SdkServer | undefined;
  const transport = new StdioTransport(
    process.stdin,
    process.stdout,
    () => (sdk?.revision ?? opening.revision) === '2025-03-26',
  );
  const opening = new OpeningExchange({
    ...{ answers, log },
    send: (message) => transport.send(message),
    async load() {
      const [{ serveSdk }, served] = await Promise.all([import('./serve-sdk.ts'), load()]);
      // Nothing begins for a host that has gone.
      if (transport.isClosed) return deaf;
      sdk = serveSdk(transport, { ...served, log });
      return sdk;
    },
  });
  transport.onmessage = (message) => opening.receive(message);
  void transport.start();
  return { close: () => sdk?.close() ?? transport.close() };
}

const deaf = { receive() {}, repeat() {} };

function onceHostHasGone(onEnd: () => void): void {
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    onEnd();
  };
  // `close` may never come where stdin is /dev/null.
  for (const event of ['end', 'close', 'error']) process.stdin.once(event, end);
  // A host that has died leaves a broken pipe (EPIPE).
  process.stdout.on('error', end);
}

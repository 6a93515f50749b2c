import { StdioTransport } from './stdio-transport.ts';

/** As long as a host may take to open the conversation, and a person who mistyped a pipe may be kept waiting. */
const patienceMs = 2_000;

/** Of the codes that MCP knows, the one whose message clients pinned to 2026-07-28 show for `server/discover`. */
const unsupportedProtocolVersion = -32022;
const internalError = -32603;

/**
 * Tells a host over stdio why there is no server: hosts show an answer to their opening, but not what stands in
 * stderr. Resolves when `initialize` is answered, the host is gone, or time is up.
 */
export function refuseHost(reason: string): Promise<void> {
  return new Promise((resolve) => {
    const transport = new StdioTransport(process.stdin, process.stdout, () => false);
    const timer = setTimeout(() => transport.close(), patienceMs);
    transport.onclose = () => {
      clearTimeout(timer);
      resolve();
    };
    transport.onmessage = (message) => {
      if (!('method' in message && 'id' in message)) return;
      const { id, method } = message;
      const error =
        method === 'server/discover'
          ? // The older way is left: a client that knows it goes on with `initialize`.
            { code: unsupportedProtocolVersion, message: reason, data: { supported: ['2025-11-25'] } }
          : { code: internalError, message: reason };
      const sent = transport.send({ jsonrpc: '2.0', id, error });
      if (method === 'initialize') sent.finally(() => transport.close()).catch(() => {});
    };
    transport.start();
  });
}

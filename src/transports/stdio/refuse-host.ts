import { StdioTransport } from './stdio-transport.ts';

/** How long a host may take to send `initialize`; somebody at a shell, who sends none, is kept waiting as long. */
const patienceMs = 2_000;

/**
 * MCP's UnsupportedProtocolVersionError: clients pinned to 2026-07-28 show the message of this error to
 * `server/discover`.
 */
const unsupportedProtocolVersion = -32022;
const internalError = -32603;

/**
 * Answers a host's first requests on stdin with errors that say why the server does not start: hosts show those, but
 * not stderr. Resolves when `initialize` is answered, stdin has ended, or two seconds have passed.
 * @param reason for the person at the host
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
          ? // A client that also speaks 2025-11-25 goes on with `initialize`.
            { code: unsupportedProtocolVersion, message: reason, data: { supported: ['2025-11-25'] } }
          : { code: internalError, message: reason };
      const sent = transport.send({ jsonrpc: '2.0', id, error });
      if (method === 'initialize') sent.finally(() => transport.close()).catch(() => {});
    };
    transport.start();
  });
}

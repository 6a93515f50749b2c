import { McpServer, ProtocolErrorCode, type Transport } from '@modelcontextprotocol/server';
import { readParams } from './request-params.ts';

const { InvalidParams: invalidParams } = ProtocolErrorCode;

/**
 * An `McpServer` that accepts the parameters of requests as hosts send them (`readParams`), and answers -32602 with a
 * sentence where it cannot; the SDK would answer with its validator's issues as JSON.
 */
export class ReadingServer extends McpServer {
  readonly #era: 'legacy' | 'modern';

  constructor(era: 'legacy' | 'modern', ...about: ConstructorParameters<typeof McpServer>) {
    super(...about);
    this.#era = era;
  }

  override async connect(transport: Transport): Promise<void> {
    await super.connect(transport);
    const deliver = transport.onmessage;
    const answer = (message: Parameters<Transport['send']>[0]) =>
      transport.send(message).catch((error) => transport.onerror?.(error));
    transport.onmessage = (message, extra) => {
      if (!('method' in message) || !('id' in message)) {
        deliver?.(message, extra);
        return;
      }
      const { id, method, params, ...rest } = message;
      if (method.startsWith('notifications/')) {
        // A notification with an id: handled as one, and answered, because the host waits.
        deliver?.({ ...rest, method, ...(params && { params }) }, extra);
        answer({ jsonrpc: '2.0', id, result: {} });
        return;
      }
      const reading = readParams(method, params, this.#era);
      if ('params' in reading) deliver?.({ ...message, ...reading } as typeof message, extra);
      else answer({ jsonrpc: '2.0', id, error: { code: invalidParams, message: reading.wrong } });
    };
  }
}

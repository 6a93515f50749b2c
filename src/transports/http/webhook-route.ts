import type { IncomingMessage } from 'node:http';
import { Failure } from '../../shared/failure.ts';
import { isSameSecret } from '../../shared/is-same-secret.ts';
import { Refusal } from '../refusal.ts';
import type { Route } from './exchange.ts';

export const webhookPath = '/webhooks/ringcentral';

/** What takes the deliveries of one webhook subscription. */
export interface WebhookReceiver {
  /** The token that the subscription was made with; each delivery must carry it. */
  verificationToken: string;
  /**
   * Takes one notification; they can come in any order, and more than once (platform.md 6.4).
   * @throws Failure where it has to be delivered again
   */
  receive(notification: unknown): Promise<void>;
}

/**
 * The address that RingCentral delivers events to (platform.md 6.2, 6.3). Repeats the Validation-Token of the
 * handshake, and passes on only what carries the verification token; other requests get a 401. It answers at once and
 * with an empty body, because RingCentral waits three seconds and accepts 1024 bytes.
 */
export function webhookRoute({ verificationToken, receive }: WebhookReceiver): Record<string, Route> {
  const isOurs = (presented: string | undefined) =>
    presented !== undefined && isSameSecret(presented, verificationToken);
  return {
    [webhookPath]: {
      methods: ['POST'],
      // RingCentral has no key of ours: the token is what identifies it.
      open: true,
      async handle({ request, response, readBody }) {
        const handshake = header(request, 'validation-token');
        // One guide page lets deliveries carry the token under this name as well.
        const genuine = isOurs(header(request, 'verification-token')) || isOurs(handshake);
        if (handshake === undefined && !genuine) throw new Refusal(401, 'The verification token is missing.');
        if (handshake !== undefined && handshake.length > 256)
          throw new Refusal(400, 'The token is too long.');
        if (genuine && hasBody(request)) await take(receive, await readBody());
        response.writeHead(200, {
          'content-type': 'application/json',
          ...(handshake !== undefined && { 'validation-token': handshake }),
        });
        response.end();
      },
    },
  };
}

/** What cannot be taken now RingCentral delivers again (platform.md 6.4). */
async function take(receive: WebhookReceiver['receive'], notification: unknown): Promise<void> {
  try {
    await receive(notification);
  } catch (error) {
    if (error instanceof Failure) throw new Refusal(503, error.message);
    throw error;
  }
}

const header = ({ headersDistinct }: IncomingMessage, name: string): string | undefined =>
  headersDistinct[name]?.[0];

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

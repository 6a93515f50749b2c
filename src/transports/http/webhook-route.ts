import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Refusal } from '../refusal.ts';
import type { Route } from './exchange.ts';

export const webhookPath = '/webhooks/ringcentral';

export interface WebhookReceiver {
  /** What the subscription was made with; each delivery must carry it. */
  verificationToken: string;
  /** Takes one notification. They come in any order, and more than once. */
  receive(notification: unknown): void;
}

/**
 * Where RingCentral delivers events (platform.md 6.2, 6.3): greets whoever brings a Validation-Token, and believes only
 * what carries the verification token. The answer is at once and as small as can be: RingCentral waits three seconds
 * and accepts 1024 bytes.
 */
export function webhookRoute({ verificationToken, receive }: WebhookReceiver): Record<string, Route> {
  const isOurs = comparesTo(verificationToken);
  return {
    [webhookPath]: {
      methods: ['POST'],
      // RingCentral has no key of ours: the token is what identifies it.
      open: true,
      async handle({ request, response, readBody }) {
        const greeting = header(request, 'validation-token');
        // One guide page lets deliveries carry the token under this name as well.
        const genuine = isOurs(header(request, 'verification-token')) || isOurs(greeting);
        if (greeting === undefined && !genuine) throw new Refusal(401, 'The verification token is missing.');
        if (greeting !== undefined && greeting.length > 256) throw new Refusal(400, 'The token is too long.');
        if (genuine && hasBody(request)) receive(await readBody());
        response.writeHead(200, {
          'content-type': 'application/json',
          ...(greeting !== undefined && { 'validation-token': greeting }),
        });
        response.end();
      },
    },
  };
}

/** Compares hashes, so that neither content nor length can be felt out by time. */
function comparesTo(token: string): (presented: string | undefined) => boolean {
  const expected = sha256(token);
  return (presented) => presented !== undefined && timingSafeEqual(sha256(presented), expected);
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();

const header = ({ headersDistinct }: IncomingMessage, name: string): string | undefined =>
  headersDistinct[name]?.[0];

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

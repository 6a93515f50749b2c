import type { Logger } from '../../shared/log.ts';
import { presence } from '../wire/event.ts';
import type { FeedListener } from '../wire/feed.ts';
import { readTelephonyEvent } from '../wire/read-event.ts';

/** Delivers the body of a ServerNotification (platform.md 4.2) to the listeners. */
export interface Delivery {
  /** @returns what could not be read, in words; undefined when all is well. */
  deliver(envelope: unknown, receivedAt: number): string | undefined;
  each(tell: (listener: FeedListener) => void): void;
  listen(listener: FeedListener): () => void;
}

/** Creates the delivery. A listener that throws is logged, and disturbs neither the others nor the connection. */
export function createDelivery(log: Logger): Delivery {
  const listeners = new Set<FeedListener>();

  const each = (tell: (listener: FeedListener) => void): void => {
    for (const listener of listeners) {
      try {
        tell(listener);
      } catch (error) {
        log.error({ err: error }, 'a listener of the event feed failed');
      }
    }
  };

  return {
    each,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    deliver(envelope, receivedAt) {
      if (typeof envelope !== 'object' || envelope === null) return 'a notification';
      const { event, body } = envelope as Record<string, unknown>;
      if (typeof event !== 'string') return 'a notification';
      // The level of the URI varies with the party, so only its kind counts (platform.md 4.2).
      if (event.endsWith('/telephony/sessions') || event.includes('/telephony/sessions?')) {
        const read = readTelephonyEvent(body);
        if (!read) return 'an event of a call';
        each((listener) => listener.event(read, receivedAt));
      } else if (event.includes('/presence')) {
        const { data } = presence.safeParse(body);
        if (data) each((listener) => listener.presence(data, receivedAt));
      }
      return undefined;
    },
  };
}

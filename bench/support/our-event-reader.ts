import { pino } from 'pino';
import { CallStore } from '../../src/calls/store/call-store.ts';
import { createDelivery } from '../../src/ringcentral/feed/delivery.ts';
import { readFrame } from '../../src/ringcentral/feed/frames.ts';
import { systemClock } from '../../src/shared/clock.ts';
import type { EventReader } from './event-readers.ts';
import { beginning, ownExtension } from './frames.ts';

/** From the frame to the live calls, with one listener, as the server has them. */
export function ours(live: number): EventReader {
  const calls = new CallStore({ clock: systemClock, scope: 'account' });
  calls.setOwnExtension(ownExtension);
  calls.setConnected(true);
  calls.onChange(() => undefined);
  const delivery = createDelivery(pino({ level: 'silent' }));
  delivery.listen({
    event: (event, receivedAt) => calls.apply(event, receivedAt),
    presence: () => undefined,
    status: () => undefined,
    gap: () => undefined,
  });
  const take = (text: string) => void delivery.deliver(readFrame(text)?.body, Date.now());
  for (const text of beginning(live)) take(text);
  return { take, state: calls };
}

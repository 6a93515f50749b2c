import { z } from 'zod';
import { callParty } from './session.ts';
import { id, list, maybe } from './tolerant.ts';

/**
 * Body of a telephony session event (platform.md 4.3): one party that changed, not the whole call. Read by
 * read-event.ts.
 */
export const telephonyEvent = z.object({
  sequence: z.number(),
  telephonySessionId: id,
  sessionId: maybe(id),
  eventTime: z.string(),
  origin: maybe(z.object({ type: maybe(z.string()) })),
  parties: list(callParty),
});
export type TelephonyEvent = z.output<typeof telephonyEvent>;

/** One entry of `activeCalls` in presence (platform.md 8.7). `partyId` is the party of that extension. */
const activeCall = z.object({
  telephonySessionId: id,
  sessionId: maybe(id),
  partyId: maybe(id),
  direction: maybe(z.string()),
  telephonyStatus: maybe(z.string()),
  terminationType: maybe(z.string()),
  from: maybe(z.string()),
  to: maybe(z.string()),
});
export type ActiveCall = z.output<typeof activeCall>;

/** Presence, from REST or in an event (platform.md 4.8, 8.7). */
export const presence = z
  .object({
    extension: maybe(z.object({ id, extensionNumber: maybe(id) })),
    extensionId: maybe(id),
    presenceStatus: maybe(z.string()),
    telephonyStatus: maybe(z.string()),
    dndStatus: maybe(z.string()),
    activeCalls: maybe(list(activeCall)),
  })
  .transform(({ extension, ...rest }) => ({ ...rest, extensionId: rest.extensionId ?? extension?.id }));
export type Presence = z.output<typeof presence>;

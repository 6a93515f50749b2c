import { z } from 'zod';
import { isId } from '../../ringcentral/wire/id.ts';
import { lazy } from '../../shared/lazy.ts';

/**
 * An id, opaque (platform.md 3.4) but for what a path cannot hold. The published schema does not say that: it would
 * cost every tool tokens, and the answer to a bad id says more than a pattern.
 */
export const id = (description: string) =>
  z.string().refine(isId, 'is not an id: copy it from a result, unchanged').describe(description);

/** A text that is not blank, of `limit` characters at most. */
export const words = (description: string, limit: number) =>
  z
    .string()
    .refine((value) => value.trim() !== '', 'is empty')
    .refine((value) => value.length <= limit, `is longer than ${limit} characters`)
    .describe(description);

/* Parameters of several tools, each described in one place: the same name means the same in every tool. */

/** A call as `resolveCall` takes it. */
export const callName = (description: string) =>
  words(description, 128).refine(
    (value) => !/[/\\]/.test(value),
    'is not an id: copy it from a result, unchanged',
  );
export const telephonySessionId = lazy(() => callName('Id, handle, number or colleague, e.g. c412'));
export const ownPartyId = lazy(() => id('Default yours, e.g. p-123-2').optional());
export const targetTelephonySessionId = lazy(() => callName('Your other call, e.g. c413'));
export const targetPartyId = lazy(() => id('Default yours, e.g. p-456-1').optional());
export const partyId = (whose: string) => id(`${whose}, e.g. p-123-1`);
export const recordingId = lazy(() => id("From party's recordings, e.g. 751"));
export const deviceId = lazy(() => id('Default your confirmed phone, e.g. 789').optional());
export const phoneNumber = lazy(() => words('E.164, e.g. +12055550102', 40).optional());
export const extensionNumber = lazy(() => words('Number or name, e.g. 102', 60).optional());
export const extensionId = lazy(() => id('From find_extensions, e.g. 622').optional());
export const voicemail = lazy(() => id("own, or mailbox owner's extensionId, e.g. 622").optional());
export const parkOrbit = lazy(() => id("ParkLocation's extensionId, e.g. 623").optional());
/** Of look-ups, which give everything without it. */
export const limit = lazy(() =>
  z.number().int().min(1).max(500).optional().describe('At most so many, default all'),
);
export const fresh = lazy(() =>
  z.boolean().optional().describe('true: ask RingCentral, not the live picture'),
);
export const idempotencyKey = lazy(() =>
  words('Repeated within 10 min, it makes no second call (not after a restart), e.g. k1', 100).optional(),
);

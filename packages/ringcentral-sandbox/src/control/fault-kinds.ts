import { z } from 'zod';
import { ACT_NAMES, type ActName } from '../engine/api.ts';

const times = z.int().positive();
const milliseconds = z.int().nonnegative();

/** Whose logins, and with which app; absent: everybody's, with every app. */
const whichLogins = { extensionNumber: z.string().optional(), clientId: z.string().optional() };

/** All faults; README.md says what each does. Without `times` an `http` fault stays until it is cleared. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('http'),
    method: z.string().toUpperCase().optional(),
    pathPattern: z.string().optional(),
    status: z.int().min(400).max(599).optional(),
    errorCode: z.string().optional(),
    retryAfterSeconds: z.int().nonnegative().optional(),
    delayMs: milliseconds.optional(),
    hang: z.boolean().optional(),
    applyThenDrop: z.boolean().optional(),
    /** What is sent in the place of the answer to a request that was carried out. */
    answers: z.enum(['page', 'half', 'other', 'deep', 'huge']).optional(),
    /** What people at the phones of the call in the path do right before the request is carried out. */
    meanwhile: z.enum(ACT_NAMES.filter((name) => name !== 'join')).optional(),
    times: times.optional(),
  }),
  z.strictObject({ kind: z.literal('ws-close'), code: z.int().min(1000).max(4999).optional() }),
  z.strictObject({ kind: z.literal('ws-freeze'), ms: milliseconds }),
  z.strictObject({ kind: z.literal('ws-refuse'), times: times.default(1) }),
  z.strictObject({ kind: z.literal('ws-silent'), times: times.default(1) }),
  z.strictObject({ kind: z.literal('ws-garbage'), times: times.default(1) }),
  z.strictObject({ kind: z.literal('ws-lose'), count: times.default(1) }),
  z.strictObject({ kind: z.literal('ws-duplicate'), times: times.default(1) }),
  z.strictObject({ kind: z.literal('ws-shuffle'), count: z.int().min(2).default(2) }),
  z.strictObject({ kind: z.literal('ws-recovery-fails'), times: times.default(1) }),
  z.strictObject({ kind: z.literal('expire-access-token'), ...whichLogins }),
  z.strictObject({ kind: z.literal('expire-refresh-token'), ...whichLogins }),
  z.strictObject({ kind: z.literal('revoke-session'), ...whichLogins }),
]);

export type Fault = z.infer<typeof faultSchema>;
export type HttpFault = Extract<Fault, { kind: 'http' }>;
/** Kinds that wait, and happen as often as `times` or `count` says. */
export type CountedKind =
  | 'ws-refuse'
  | 'ws-silent'
  | 'ws-garbage'
  | 'ws-lose'
  | 'ws-duplicate'
  | 'ws-shuffle'
  | 'ws-recovery-fails';

/** What all matching faults together do to one request. */
export interface HttpEffect {
  delayMs: number;
  hang: boolean;
  applyThenDrop: boolean;
  answers?: HttpFault['answers'];
  meanwhile?: ActName;
  failure?: { status: number; errorCode?: string; retryAfterSeconds?: number };
}

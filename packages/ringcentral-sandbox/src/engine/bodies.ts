import { z } from 'zod';
import type { OperationName } from './api.ts';
import { invalid, missing } from './errors.ts';

/** Request bodies of the operations (platform.md 2.3). Unknown members are ignored. */

const id = z.string().min(1);
const nothing = z.object({});
/** `deviceId` and `extensionNumber` are older names that clients send, too (platform.md 2.3.16). */
const supervise = z.object({
  mode: z.literal('Listen'),
  supervisorDeviceId: id.optional(),
  deviceId: id.optional(),
  agentExtensionId: id.optional(),
  agentExtensionNumber: id.optional(),
  extensionNumber: id.optional(),
  autoAnswer: z.boolean().optional(),
  mediaSDP: z.enum(['sendOnly', 'sendRecv']).optional(),
});
const flags = z.object({ muted: z.boolean().optional(), standAlone: z.boolean().optional() });
const target = z.object({
  phoneNumber: id.optional(),
  extensionNumber: id.optional(),
  extensionId: id.optional(),
  voicemail: id.optional(),
});

export const BODIES = {
  createCallOutCallSession: z.object({
    from: z.object({ deviceId: id.optional(), extensionId: id.optional() }),
    to: z.object({ phoneNumber: id.optional(), extensionNumber: id.optional() }),
    countryId: z.union([z.int(), z.string().regex(/^\d+$/)]).optional(),
  }),
  createConferenceCallSession: nothing,
  readCallSessionStatus: nothing,
  deleteCallSession: nothing,
  /** The session is named in two ways (platform.md 2.3.5). */
  createCallPartyWithBringIn: z.object({
    sessionId: id.optional(),
    telephonySessionId: id.optional(),
    partyId: id,
  }),
  readCallPartyStatus: nothing,
  /** The flags are at the top or in `party` (platform.md 2.3.7). */
  updateCallParty: z.object({ ...flags.shape, party: flags.optional() }),
  deleteCallParty: z.object({ keepConferenceAlive: z.boolean().optional() }),
  holdCallParty: z.object({
    proto: z
      .enum(['Auto', 'RC', 'BroadWorks', 'DisconnectHolder', 'BroadWorksOrDisconnectHolder'])
      .optional(),
  }),
  unholdCallParty: nothing,
  callParkParty: nothing,
  callFlipParty: z.object({ callFlipId: id }),
  replyParty: z.object({
    replyWithText: id.optional(),
    replyWithPattern: z
      .object({
        pattern: z.enum([
          'WillCallYouBack',
          'CallMeBack',
          'OnMyWay',
          'OnTheOtherLine',
          'WillCallYouBackLater',
          'CallMeBackLater',
          'InAMeeting',
          'OnTheOtherLineNoCall',
        ]),
        time: z.int().positive().optional(),
        timeUnit: z.enum(['Minute', 'Hour', 'Day']).optional(),
      })
      .optional(),
  }),
  bridgeCallParty: z.object({ telephonySessionId: id, partyId: id }),
  ignoreCallInQueue: z.object({ deviceId: id }),
  superviseCallParty: supervise,
  rejectParty: nothing,
  startCallRecording: nothing,
  pauseResumeCallRecording: z.object({ active: z.boolean() }),
  answerCallParty: z.object({ deviceId: id }),
  transferCallParty: z.object({ ...target.shape, parkOrbit: id.optional() }),
  pickupCallParty: z.object({ deviceId: id }),
  forwardCallParty: target,
  superviseCallSession: supervise,
} as const satisfies Record<OperationName, z.ZodType>;

export type Body<O extends OperationName> = z.infer<(typeof BODIES)[O]>;

/**
 * The body of an operation. An absent one counts as `{}`.
 *
 * @throws ApiError CMN-100 for a missing member, CMN-101 for a wrong one
 */
export function parseBody<O extends OperationName>(operation: O, body: unknown): Body<O> {
  const given = body ?? {};
  const result = BODIES[operation].safeParse(given);
  // Each operation has a type of its own in the table, which an index by a type parameter does not express.
  if (result.success) return result.data as Body<O>;
  const path = result.error.issues[0]?.path ?? [];
  const name = path.join('.') || 'body';
  throw valueAt(given, path) === undefined ? missing(name) : invalid(name);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** Name and value of the one member that is not undefined. Throws CMN-100 for none, CMN-101 for several. */
export function exactlyOne<T extends object>(choice: T): [keyof T & string, string] {
  const given = Object.entries(choice).filter((entry) => entry[1] !== undefined);
  const [first, second] = given;
  if (first === undefined) throw missing(Object.keys(choice)[0] ?? 'body');
  if (second !== undefined) throw invalid(second[0]);
  return [first[0] as keyof T & string, String(first[1])];
}

import { z } from 'zod';

/** What a tool gives: a short text to act on, and the whole beside it. Neither repeats the other at length. */
export interface ToolResult {
  text: string;
  data: Record<string, unknown>;
}

const error = z.looseObject({
  kind: z.string().optional(),
  message: z.string().optional(),
});

/**
 * Output schemas are open and without required members, and hold the shared `error`: clients check error results
 * against them too.
 */
export const output = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.looseObject({ ...shape, error }).partial();

export const object = z.looseObject({});
export const objects = z.array(object);

/** Of every tool that acts. */
export const actionOutput = output({
  outcome: z.string().describe('observed: the platform showed the new state, accepted: it took the request'),
  call: object,
  party: object,
  recording: object,
  repeated: object.describe('Of an earlier call with this idempotencyKey: as of when'),
  next: z.array(z.string()).describe('Tools that make sense now'),
});

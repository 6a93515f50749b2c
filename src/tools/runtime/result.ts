import { z } from 'zod';
import { lazy } from '../../shared/lazy.ts';

/** What a tool gives: a short text to act on, and the whole beside it. Neither repeats the other at length. */
export interface ToolResult {
  text: string;
  data: Record<string, unknown>;
}

const error = lazy(() =>
  z.looseObject({
    kind: z.string().optional(),
    message: z.string().optional(),
  }),
);

/**
 * The schema of what a tool gives: open and without required members, with the shared `error`, because clients check
 * error results against it too.
 */
export const outputSchema = (shape: z.ZodRawShape) => z.looseObject({ ...shape, error: error() }).partial();

export const object = lazy(() => z.looseObject({}));
export const objects = lazy(() => z.array(object()));

/** Of every tool that acts. */
export const actionOutput = {
  outcome: () =>
    z.string().describe('observed: the platform showed the new state, accepted: it took the request'),
  call: object,
  party: object,
  recording: object,
  repeated: () => object().describe('Of an earlier call with this idempotencyKey: as of when'),
  next: () => z.array(z.string()).describe('Tools that make sense now'),
};

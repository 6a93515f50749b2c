import { z } from 'zod';
import { lazy } from '../../shared/lazy.ts';
import type { NextStep } from '../../shared/next-step.ts';
import type { Told } from './told-cursors.ts';

/** What a tool gives: a short text that is enough to act on, and the data as the structured result. */
export interface ToolResult {
  text: string;
  data: Record<string, unknown>;
  /** What makes sense now; added to text and data like the cursor. */
  next?: readonly NextStep[];
  /** Where it shows calls or an act; its cursor is added to text and data (dispatch.ts). */
  told?: Told;
}

const error = lazy(() =>
  z.looseObject({
    kind: z.string().optional(),
    message: z.string().optional(),
  }),
);

/**
 * The schema of a tool's structured result. Open, without required members and with `error`, because clients check
 * error results against it, too.
 */
export const outputSchema = (shape: z.ZodRawShape) => z.looseObject({ ...shape, error: error() }).partial();

/** Schemas of an object, and of a list of objects, whose members are not described: that would cost a model tokens. */
export const object = lazy(() => z.looseObject({}));
export const objects = lazy(() => z.array(object()));

/** Schema of the position from which `wait_for_call_event` goes on. */
export const cursor = lazy(() => z.number().describe('after of wait_for_call_event'));

/** Schema of `next` in results and errors. */
export const next = lazy(() => objects().describe('Advised now: tool, arguments, why'));

/** The members of the result of every tool that acts. */
export const actionOutput = {
  outcome: () =>
    z.string().describe('observed: the platform showed the new state, accepted: it took the request'),
  call: object,
  party: object,
  recording: object,
  repeated: () => object().describe('Of an earlier call with this idempotencyKey: as of when'),
  note: () => z.string(),
  next,
  cursor,
};

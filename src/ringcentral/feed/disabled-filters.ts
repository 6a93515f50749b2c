import { z } from 'zod';
import { maybe } from '../wire/tolerant.ts';

/** Filters that the platform accepted but disabled, in the answer to a subscription (platform.md 6.1). */
export const disabledFilters = maybe(z.array(z.object({ filter: z.string(), message: maybe(z.string()) })));

/**
 * Why the subscription counts as refused although it was accepted: no event of a call would ever come. Undefined
 * where they come.
 */
export function whyNoCallEvents(disabled: z.output<typeof disabledFilters>): string | undefined {
  const calls = disabled?.find(({ filter }) => filter.includes('/telephony/sessions'));
  if (!calls) return undefined;
  return `RingCentral does not deliver the events of calls: ${calls.message ?? 'the filter is disabled'}`;
}

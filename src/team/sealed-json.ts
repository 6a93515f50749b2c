import { type SealContext, SealError, type Sealer } from './seal.ts';

/** A value as JSON, sealed for one place. */
export const sealJson = (sealer: Pick<Sealer, 'seal'>, value: unknown, context: SealContext): string =>
  sealer.seal(JSON.stringify(value), context);

/**
 * What `sealJson` sealed for this place.
 * @param refused told why it cannot be opened
 * @returns undefined where it is damaged, was sealed for another place, or with a key that this process does not have;
 * what that means is for whoever reads it
 */
export function openJson<Value>(
  sealer: Pick<Sealer, 'open'>,
  sealed: string,
  context: SealContext,
  refused?: (error: SealError) => void,
): Value | undefined {
  try {
    return JSON.parse(sealer.open(sealed, context)) as Value;
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    refused?.(error);
    return undefined;
  }
}

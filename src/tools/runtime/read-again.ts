import type { SessionView } from '../../calls/store/views.ts';
import { Failure } from '../../shared/failure.ts';
import type { ToolContext } from './context.ts';

/** Calls that could not be read. */
export interface Unread {
  ids: ReadonlySet<string>;
  trouble: Failure;
}

export interface ReadAgainOptions {
  /** So many at most, those first that were read longest ago. */
  most: number;
  /** Reads also what was read a moment ago; else what is stale, with one request for all who look. */
  isForced?: boolean;
}

/**
 * Reads these calls for who looks at them, within the requests that are kept for reading.
 * @returns which could not be read, and why; undefined where all could that were tried
 */
export async function readAgain(
  calls: readonly SessionView[],
  { most, isForced = false }: ReadAgainOptions,
  { line: { sync }, signal }: ToolContext,
): Promise<Unread | undefined> {
  const read = async (id: string): Promise<Failure | undefined> => {
    if (!isForced) return (await sync.recent(id)).trouble;
    return sync.refresh(id, { signal }).then(() => undefined, troubleOf);
  };
  const oldest = calls.toSorted((one, other) => seenAt(one) - seenAt(other)).slice(0, most);
  const troubles = await Promise.all(oldest.map(async ({ id }) => ({ id, trouble: await read(id) })));
  const refused = troubles.filter(({ trouble }) => trouble !== undefined);
  const [{ trouble } = {}] = refused;
  return trouble && { ids: new Set(refused.map(({ id }) => id)), trouble };
}

/** That a call is not there any more is an answer. */
function troubleOf(error: unknown): Failure | undefined {
  if (!(error instanceof Failure)) throw error;
  return error.kind === 'not_found' ? undefined : error;
}

const seenAt = ({ partiesAsOf }: SessionView): number =>
  partiesAsOf === undefined ? 0 : Date.parse(partiesAsOf);

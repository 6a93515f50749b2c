import { formatCallLine } from '../../presentation/format.ts';
import { presentParty, presentSession } from '../../presentation/views.ts';
import { momentAgo } from '../../shared/moment.ts';
import { advise } from './advise.ts';
import type { ToolContext } from './context.ts';
import { formatTrouble, readCall } from './find-call.ts';
import type { ToolResult } from './result.ts';

/** Adds to the first result of an act with an `idempotencyKey` how long the key is known. */
export const withRepeatNote = ({ text, ...result }: ToolResult): ToolResult => ({
  ...result,
  text: `${text} The idempotencyKey is known for ten minutes, and only while this server runs.`,
});

/**
 * The result for an `idempotencyKey` that was used before, for which nothing was sent: the first result, marked with
 * its time `at` (epoch ms), and its call as it is now.
 */
export async function repeatedResult(
  first: ToolResult,
  at: number,
  context: ToolContext,
): Promise<ToolResult> {
  const { call: then, party: acted, ...data } = first.data as Record<string, { id: string } | undefined>;
  const { line } = context;
  const read = then && (await readCall(then.id, {}, context).catch(() => undefined));
  const call = read?.call ?? (then && line.calls.session(then.id));
  const party = call?.parties.find(({ id }) => id === acted?.id);
  const now = line.clock.now();
  return {
    text: [
      `Not done again: this idempotencyKey was used at ${momentAgo(at, now)}. What was said then: «${first.text}»`,
      call ? `Now: call ${formatCallLine(call, now)}.` : then && 'How that call is now could not be read.',
      call?.over && 'That call is over.',
      formatTrouble(read?.trouble),
    ]
      .filter(Boolean)
      .join(' '),
    data: {
      ...data,
      repeated: { asOf: new Date(at).toISOString() },
      ...(call && { call: presentSession(call) }),
      ...(party && { party: presentParty(party) }),
    },
    ...(call && { next: advise({ call, party }, context) }),
    told: { cursor: line.calls.history.newest, calls: call ? [call.id] : [] },
  };
}

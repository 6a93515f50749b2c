import { z } from 'zod';
import type { Line } from '../app/line.ts';
import { ownParty } from '../calls/store/own-party.ts';
import { parkedParty } from '../calls/store/parked-party.ts';
import type { FeedView, SessionView } from '../calls/store/views.ts';
import { requireFreshCalls } from '../calls/sync/first-sync.ts';
import { placeIn } from '../presentation/call-place.ts';
import { formatCallSummary, summarizeCall } from '../presentation/call-summary.ts';
import { hasFlipped } from '../presentation/flips.ts';
import { formatCallLine, formatStaleness, formatUnread } from '../presentation/format.ts';
import { presentSession } from '../presentation/views.ts';
import { hasLeft } from '../ringcentral/wire/session.ts';
import { momentAgo } from '../shared/moment.ts';
import { advise, adviseOnList } from './runtime/advise.ts';
import { defineTool } from './runtime/define-tool.ts';
import { formatTrouble } from './runtime/find-call.ts';
import { fresh } from './runtime/parameters.ts';
import { readAgain } from './runtime/read-again.ts';
import { cursor, next, object, objects } from './runtime/result.ts';

/** Calls in one answer, unless `limit` says otherwise. */
const page = 20;
/** So many of the calls of which no event need tell are read again for one look, within what is left for reading. */
const mostUntold = 5;

export const listActiveCalls = defineTool({
  name: 'list_active_calls',
  title: 'List active calls',
  description:
    'List live calls, newest first: ids, who is on them, states, yourPartyId. Start here. Nobody hears it. ' +
    'For one call in full use read_call_session_status, to wait for calls wait_for_call_event.',
  input: {
    limit: () => z.number().int().min(1).max(200).optional().describe(`At most so many, default ${page}`),
    offset: () => z.number().int().min(0).optional().describe('Skip so many, default 0'),
    detail: () => z.boolean().optional().describe('true: every party, in full'),
    fresh,
  },
  output: {
    calls: objects,
    total: () => z.number(),
    nextOffset: () => z.number().describe('Where the rest begins'),
    left: () => z.array(z.string()).describe('Ids of those that you are not on'),
    feed: object,
    next,
    cursor,
  },
  risk: 'read',
  idempotent: true,
  async run(args, context) {
    const { limit = page, offset = 0, detail, fresh } = args;
    const { calls, sync, clock } = context.line;
    const { consoleUrl } = context.app;
    await requireFreshCalls(sync);
    const lookedAt = calls.stamp();
    if (fresh) await sync.refreshAll();
    // Calls that were brought into a conference are shown as its participants, not by themselves.
    const pageNow = () => calls.active({ offset, limit, withoutJoined: true });
    const isElsewhere = isWithoutYou(context.line);
    const isBehind = ({ id, stale }: SessionView) => stale || (calls.unseenSince(id) ?? lookedAt) < lookedAt;
    // No event need tell that others have ended theirs, or that whom you call has answered, or their voicemail has.
    const isUntold = (call: SessionView) => isElsewhere(call) || placeIn(call) === 'calling';
    const known = pageNow();
    const due = known.filter(fresh ? isBehind : (call) => call.stale && isUntold(call));
    const how = fresh ? { most: page, isForced: true } : { most: mostUntold };
    const unread = due.length > 0 ? await readAgain(due, how, context) : undefined;
    const feed = sync.status();
    const now = clock.now();
    const shown = due.length > 0 ? pageNow() : known;
    const total = calls.activeCount - calls.joinedCount;
    const left = shown.filter(isElsewhere);
    const live = shown.filter((call) => !isElsewhere(call));
    const doubtful = left.filter(({ stale }) => stale);
    const certain = left.filter(({ stale }) => !stale);
    const line = (call: SessionView) =>
      `- ${detail ? formatCallLine(call, now) : formatCallSummary(call, now)}`;
    const end = offset + shown.length;
    const parked = left.find((call) => parkedParty(call) !== undefined);
    const used = { tool: 'list_active_calls', args };
    return {
      text: [
        headline(live.length, { offset, end, total }, feed, now),
        total === 0 && consoleUrl && `SANDBOX: people place calls on its console, ${consoleUrl}.`,
        ...live.map(line),
        certain.length > 0 && 'You are not on these, where others talk on or wait:',
        ...certain.map(line),
        doubtful.length > 0 && 'You are not on these, which may be over by now:',
        ...doubtful.map(line),
        formatTrouble(unread?.trouble, namesOf(shown.filter(({ id }) => unread?.ids.has(id)))),
        end < total && `${total - end} more: list_active_calls with offset ${end}.`,
        formatStaleness(feed, now),
        formatUnread(feed),
        ...(feed.unlisted ?? []),
      ]
        .filter(Boolean)
        .join('\n'),
      data: {
        calls: detail ? shown.map(presentSession) : shown.map(summarizeCall),
        ...(end < total && { nextOffset: end }),
        // Before all calls were read once, their number is not known.
        ...(feed.asOf !== null && { total }),
        left: left.map(({ id }) => id),
        feed,
      },
      next:
        live.length > 0
          ? adviseOnList(live, { used }, context)
          : advise({ call: parked, party: parkedParty(parked), used }, context),
      told: {
        cursor: calls.history.newest,
        calls: offset === 0 && end >= total ? 'all' : shown.map(({ id }) => id),
      },
    };
  },
});

/**
 * Whether the call goes on without you: you transferred, parked or bridged it, or somebody else took it; not where you
 * have moved to another phone of yours. At extension
 * scope also one that was never yours, which is seen by chance; at account scope those of others are what is asked for.
 */
const isWithoutYou =
  ({ scope, calls }: Line) =>
  (call: SessionView): boolean => {
    const own = ownParty(call);
    if (call.memberOf !== undefined) return false;
    if (own) return hasLeft(own) && !hasFlipped(call);
    return scope === 'extension' && calls.isOwnKnown && call.parties.length > 0;
  };

const namesOf = (calls: readonly SessionView[]): string =>
  calls.map(({ id, handle = id }) => handle).join(', ');

/** The part of the list that is shown: from `offset` to before `end`, of `total` calls. */
interface Page {
  offset: number;
  end: number;
  total: number;
}

function headline(live: number, { offset, end, total }: Page, feed: FeedView, now: number): string {
  if (total > 0 && end <= offset) return `There are only ${total}: none from offset ${offset} on.`;
  if (offset > 0 || end < total) return `Calls ${offset + 1} to ${end} of ${total}:`;
  if (live > 0) return `${live} active ${live === 1 ? 'call' : 'calls'}:`;
  if (!feed.stale) return 'No active calls.';
  if (feed.missing) return `${feed.missing} ${feed.missing === 1 ? 'call' : 'calls'}, not to be shown:`;
  if (feed.asOf === null) return 'Not all calls can be seen, and none of those that can is live now.';
  return `RingCentral lists no call as of ${momentAgo(Date.parse(feed.asOf), now)}.`;
}

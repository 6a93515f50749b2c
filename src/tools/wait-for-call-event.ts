import { z } from 'zod';
import type { Line } from '../app/line.ts';
import type { HistoryFilter, HistorySlice } from '../calls/store/history.ts';
import { ownParty } from '../calls/store/own-party.ts';
import type { HistoryEntry, SessionView } from '../calls/store/views.ts';
import { requireFreshCalls } from '../calls/sync/first-sync.ts';
import { formatCallLine, formatStaleness, formatUnread } from '../presentation/format.ts';
import { presentSession } from '../presentation/views.ts';
import { hasLeft } from '../ringcentral/wire/session.ts';
import { Failure } from '../shared/failure.ts';
import type { ToolContext } from './runtime/context.ts';
import { defineTool } from './runtime/define-tool.ts';
import { findCall, findIn } from './runtime/find-call.ts';
import { id, telephonySessionId, words } from './runtime/parameters.ts';
import { object, objects } from './runtime/result.ts';
import { conditionNames, isRingingNow, WaitCondition } from './runtime/wait-condition.ts';

const longestSeconds = 25;
const progressMs = 2_000;

export const waitForCallEvent = defineTool({
  name: 'wait_for_call_event',
  title: 'Wait for a call event',
  description:
    'Wait until something happens on your calls, or on one call or party, and get what happened. `until` Proceeding, ' +
    'VoiceMail or Answered on a call that you placed means the other side. Without id and `after` it ends at once when a call rings or it is so. Give `cursor` of the last answer as `after`: nothing is missed ' +
    'or told twice. Running out of time is normal: call again. To look without waiting use list_active_calls or ' +
    'read_call_session_status.',
  input: {
    telephonySessionId: () => telephonySessionId().optional(),
    partyId: () => id('Only this party, e.g. p-123-2').optional(),
    until: () =>
      words(`State or one of ${conditionNames.join(', ')}, e.g. Answered, default: anything`, 30).optional(),
    after: () => z.number().int().min(0).optional().describe('cursor of the last answer, default: now'),
    timeoutSeconds: () =>
      z.number().min(0).max(longestSeconds).optional().describe(`0 to ${longestSeconds}, default 20`),
  },
  output: {
    events: objects,
    cursor: () => z.number(),
    reached: () => z.boolean(),
    timedOut: () => z.boolean(),
    lost: () => z.boolean(),
    call: object,
  },
  risk: 'read',
  idempotent: true,
  async run(args, context) {
    const { calls, sync, clock } = context.line;
    const { partyId, after, timeoutSeconds = 20 } = args;
    const until = args.until === undefined ? undefined : new WaitCondition(args.until, partyId);
    await requireFreshCalls(sync);
    const telephonySessionId = await callWaitedFor(args, context);
    const { history } = calls;
    const from = after ?? history.newest;
    const filter = { ...(telephonySessionId && { telephonySessionId }), ...(partyId && { partyId }) };
    const look = () => (telephonySessionId === undefined ? undefined : calls.session(telephonySessionId));
    const isReachedBy = (entry: HistoryEntry) => until?.isReachedBy(entry, (id) => calls.session(id)) ?? true;
    // A cursor goes on from where it is; who has none, and names no call, has not been told what is so now.
    const isNew = telephonySessionId === undefined && after === undefined;
    const there = () => (isNew ? calls.active().filter((call) => isThere(call, until)) : []);
    const endOf = ({ entries }: HistorySlice): End => {
      if (entries.some(isReachedBy)) return { reached: true };
      const found = there();
      return found.length > 0 ? { reached: true, there: found } : judge(look(), until);
    };

    let slice = history.since(from, filter);
    let hasLooked = true;
    if (!endOf(slice)) {
      const watched = callsOf(filter, calls);
      slice = await withDeadline(timeoutSeconds, context, async (deadline) => {
        const judged = new AbortController();
        const stop = attend(watched, timeoutSeconds * 1_000, context.line, (changed) => {
          const isEnd = isNew ? isThere(changed, until) : judge(look(), until) !== undefined;
          if (isEnd) judged.abort();
        });
        const signal = AbortSignal.any([deadline, judged.signal]);
        return await history.wait(from, filter, { signal, until: isReachedBy }).finally(stop);
      });
      if (!endOf(slice) && slice.next >= history.newest && !context.signal.aborted) {
        hasLooked = await lookLast(watched, sync);
        slice = history.since(from, filter);
      }
    }
    const end = endOf(slice);
    // A slice has an end; what happened after it comes with the next call.
    const more = slice.next < history.newest;
    const found = end?.there ?? [];
    const call = look() ?? found[0];
    const now = clock.now();
    const feed = sync.status();
    return {
      text: [
        tell(slice, end, { more, hasLooked }, until?.word),
        ...(found.length > 0 ? found.slice(0, shown) : call ? [call] : []).map((one) =>
          formatCallLine(one, now),
        ),
        found.length > shown && `${found.length - shown} more: list_active_calls`,
        formatStaleness(feed, now),
        formatUnread(feed),
      ]
        .filter(Boolean)
        .join('\n'),
      data: {
        events: slice.entries,
        cursor: slice.next,
        reached: end?.reached === true,
        timedOut: end === undefined && !more,
        lost: slice.lost === true,
        ...(call && { call: presentSession(call) }),
      },
    };
  },
});

/**
 * The call that is meant, looked up once where it is not known: a wait for what is not there would never end well.
 * Throws `not_found`.
 */
async function callWaitedFor(
  { telephonySessionId, partyId }: HistoryFilter,
  context: ToolContext,
): Promise<string | undefined> {
  if (telephonySessionId === undefined && partyId === undefined) return undefined;
  const wanted = telephonySessionId ?? callOf(partyId ?? '', context.line.calls.active());
  const call = await findCall(wanted, context);
  if (partyId !== undefined) await findIn(call, partyId, context);
  return call.id;
}

/** The call that shows this party; a party id starts like its session's (platform.md 3.4). Throws `not_found`. */
function callOf(partyId: string, calls: readonly SessionView[]): string {
  const known = calls.find(({ parties }) => parties.some(({ id }) => id === partyId));
  if (known) return known.id;
  const prefix = partyId.match(/^p-(.+)-\d+$/)?.[1];
  if (prefix !== undefined) return `s-${prefix}`;
  throw new Failure('not_found', `No call that is known has a party ${partyId}.`, {
    parameter: 'partyId',
    next: ['list_active_calls'],
  });
}

/** How a wait ended, and why it was in vain; nothing while it can go on. */
type End = { reached: boolean; lost?: string; there?: readonly SessionView[] } | undefined;

/** What a wait for anything on any call need not wait for: a call rings, or what is waited for is so on it. */
function isThere(call: SessionView | undefined, until: WaitCondition | undefined): boolean {
  if (call === undefined || call.over) return false;
  const own = ownParty(call);
  if (own && hasLeft(own)) return false;
  return until ? until.holds(call) : isRingingNow(call);
}

/** What the view of the call says without any event. */
function judge(call: SessionView | undefined, until: WaitCondition | undefined): End {
  if (call === undefined) return undefined;
  if (until?.holds(call)) return { reached: true };
  const lost = until ? until.isLost(call) : call.over ? `the call ${call.id} is over` : undefined;
  return lost === undefined ? undefined : { reached: false, lost };
}

/** A call that is waited for, and of it the party that matters. */
interface WatchedCall {
  id: string;
  partyId?: string | undefined;
}

/** What has to be kept up to date for a wait; undefined where it waits for whatever happens. */
function callsOf(
  { telephonySessionId, partyId }: HistoryFilter,
  calls: Line['calls'],
): WatchedCall[] | undefined {
  if (telephonySessionId === undefined) return undefined;
  // Who is brought into a conference hangs up in another call.
  const member = calls.session(telephonySessionId)?.members?.find((one) => one.partyId === partyId);
  const own = member?.telephonySessionId;
  return [{ id: telephonySessionId, partyId }, ...(own === undefined ? [] : [{ id: own }])];
}

/** Keeps what is waited for up to date for `waitMs` at most, and tells when it changed. The answer ends it. */
function attend(
  watched: WatchedCall[] | undefined,
  waitMs: number,
  { calls, sync }: Line,
  onChange: (changed: SessionView | undefined) => void,
): () => void {
  const stops = [
    calls.onChange(({ telephonySessionId: id }) => {
      if (!watched || watched.some((one) => one.id === id)) onChange(calls.session(id));
    }),
    ...(watched?.map(({ id, partyId }) => sync.watch(id, partyId, waitMs)) ?? [sync.watchAll(waitMs)]),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Time is up: what no event tells is looked at once more. False where it could not be. */
async function lookLast(watched: WatchedCall[] | undefined, sync: Line['sync']): Promise<boolean> {
  if (!watched) return sync.lookLastAtAll();
  const looks = await Promise.all(watched.map(({ id, partyId }) => sync.lookLast(id, partyId)));
  return looks.every(Boolean);
}

/** Ends the wait at the deadline or when the client cancels, and tells in between that it goes on. */
async function withDeadline<T>(
  seconds: number,
  { line: { clock }, signal, progress }: ToolContext,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const started = clock.now();
  const stop = [clock.after(seconds * 1_000, () => end.abort())];
  const tick = () => {
    progress(Math.round((clock.now() - started) / 1_000), seconds, 'waiting for a call event');
    stop[1] = clock.after(progressMs, tick);
  };
  stop[1] = clock.after(progressMs, tick);
  try {
    return await wait(AbortSignal.any([end.signal, signal]));
  } finally {
    for (const cancel of stop) cancel();
  }
}

const shown = 10;

/** `more`: there is more to tell. `hasLooked`: what is told was so when the time was up. */
interface Outlook {
  more: boolean;
  hasLooked: boolean;
}

function tell({ entries, next, lost }: HistorySlice, end: End, outlook: Outlook, until: string | undefined) {
  const gap = lost ? 'Older events are no longer known: read the calls again with list_active_calls.' : '';
  const before = entries.length > shown ? `${entries.length - shown} before these` : '';
  return [
    gap,
    headline(end, outlook, until, entries.length > 0),
    before,
    ...entries.slice(-shown).map(line),
    `cursor ${next}`,
  ]
    .filter(Boolean)
    .join('\n');
}

function headline(
  end: End,
  { more, hasLooked }: Outlook,
  until: string | undefined,
  somethingHappened: boolean,
): string {
  if (end?.there && !until) return 'Ringing now:';
  if (end?.reached) return until && !somethingHappened ? `It is ${until} already.` : 'Happened:';
  if (more)
    return `${until ? `Not ${until} so far, but more` : 'More'} has happened: call again with this cursor.`;
  if (end) return `${until ? `Not ${until}, and it will not be` : 'Nothing more will happen'}: ${end.lost}.`;
  if (!hasLooked)
    return `Time is up, and RingCentral could not be asked again: ${until ? `not ${until}` : 'nothing'} as far as is known.`;
  return `Time is up${until ? `, not ${until} yet` : ', nothing happened'}.`;
}

const line = ({ telephonySessionId, partyId, status, reason, joined, late }: HistoryEntry): string =>
  [
    `${telephonySessionId} ${partyId}: ${status}${reason ? `/${reason}` : ''}`,
    joined && ' (has joined the conference)',
    late && ' (before that; told late)',
  ]
    .filter(Boolean)
    .join('');

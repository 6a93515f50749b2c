import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { HistorySlice } from '../calls/history.ts';
import type { HistoryEntry, SessionView } from '../calls/view.ts';
import { presentSession } from '../resources/present.ts';
import type { ToolContext } from './context.ts';
import { id, telephonySessionId, words } from './parameters.ts';
import { firstPicture } from './picture.ts';
import { object, objects, output } from './result.ts';
import { defineTool } from './tool.ts';
import { conditions, type Until, untilOf } from './until.ts';
import { doubt } from './words.ts';

const longestSeconds = 25;
const progressMs = 2_000;
/** At extension scope no event tells of the other side (FACTS 4.5): the call that is waited for is read so often. */
const readMs = 4_000;

export const waitForCallEvent = defineTool({
  name: 'wait_for_call_event',
  title: 'Wait for a call event',
  description:
    'Wait until something happens on your calls, or on one call or party, and get what happened. Give `cursor` of ' +
    'the last answer as `after`: nothing is missed or told twice. Running out of time is normal: call again. To ' +
    'look without waiting use list_active_calls or read_call_session_status.',
  input: z.object({
    telephonySessionId: telephonySessionId.optional(),
    partyId: id('Only this party, e.g. p-123-2').optional(),
    until: words(`State or one of ${conditions.join(', ')}, e.g. Answered; default: anything`, 30).optional(),
    after: z.number().int().min(0).optional().describe('cursor of the last answer; default: now'),
    timeoutSeconds: z
      .number()
      .min(0)
      .max(longestSeconds)
      .optional()
      .describe(`0 to ${longestSeconds}, default 20`),
  }),
  output: output({
    events: objects,
    cursor: z.number(),
    reached: z.boolean(),
    timedOut: z.boolean(),
    lost: z.boolean(),
    call: object,
  }),
  risk: 'read',
  idempotent: true,
  async run(args, context) {
    const { calls, keeper } = context.app;
    const until = untilOf(args.until, args.partyId, calls);
    await firstPicture(keeper);
    const { history } = calls;
    const from = args.after ?? history.newest;
    const filter = {
      ...(args.telephonySessionId && { telephonySessionId: args.telephonySessionId }),
      ...(args.partyId && { partyId: args.partyId }),
    };
    const look = () => (args.telephonySessionId ? calls.session(args.telephonySessionId) : undefined);
    const already = until !== undefined && holds(look(), args.partyId, until);
    const slice = already
      ? history.since(from, filter)
      : await withDeadline(args.timeoutSeconds ?? 20, args.telephonySessionId, context, (signal) =>
          history.wait(from, filter, { signal, ...(until && { until }) }),
        );
    const call = look();
    const reached =
      already ||
      (until ? slice.entries.some(until) : slice.entries.length > 0) ||
      holds(call, args.partyId, until);
    // A slice has an end; what happened after it comes with the next call.
    const more = slice.next < history.newest;
    return {
      text: [tell(slice, reached, more, args.until), doubt(keeper.status())].filter(Boolean).join('\n'),
      data: {
        events: slice.entries,
        cursor: slice.next,
        reached,
        timedOut: !reached && !more,
        lost: slice.lost === true,
        ...(call && { call: presentSession(call) }),
      },
    };
  },
});

/** Whether it is so already, in a picture that can be believed. */
function holds(
  call: SessionView | undefined,
  partyId: string | undefined,
  until: Until | undefined,
): boolean {
  const watched = partyId ?? call?.yourPartyId;
  const party = call?.parties.find(({ id }) => id === watched);
  if (call === undefined || until === undefined || party === undefined || party.stale) return false;
  const { status, direction, muted, recordings } = party;
  return until({
    telephonySessionId: call.id,
    partyId: party.id,
    status: status.code,
    ...(direction !== undefined && { direction }),
    ...(status.reason !== undefined && { reason: status.reason }),
    ...(muted !== undefined && { muted }),
    recording: recordings?.some(({ active }) => active) === true,
  });
}

/** Ends the wait at the deadline or when the client cancels, and tells in between that it goes on. */
async function withDeadline<T>(
  seconds: number,
  telephonySessionId: string | undefined,
  context: ToolContext,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { app, signal, progress } = context;
  const { clock } = app;
  const end = new AbortController();
  const started = clock.now();
  const tell = () =>
    progress(Math.round((clock.now() - started) / 1_000), seconds, 'waiting for a call event');
  const stops = [
    clock.after(seconds * 1_000, () => end.abort()),
    every(progressMs, clock, tell),
    every(readMs, clock, () => readAgain(telephonySessionId, context)),
  ];
  try {
    return await wait(AbortSignal.any([end.signal, signal]));
  } finally {
    for (const stop of stops) stop();
  }
}

function every(ms: number, clock: Clock, run: () => void): () => void {
  let stop = () => {};
  const next = () => {
    stop = clock.after(ms, () => {
      next();
      run();
    });
  };
  next();
  return () => stop();
}

function readAgain(telephonySessionId: string | undefined, { app, signal }: ToolContext): void {
  const { calls, keeper, scope } = app;
  if (scope !== 'extension' || telephonySessionId === undefined) return;
  if (calls.session(telephonySessionId)?.over !== false) return;
  // What it answers is news for the picture; what it does not is asked for again soon.
  keeper.refresh(telephonySessionId, { signal, priority: 'background' }).catch(() => {});
}

const shown = 10;

function tell(
  { entries, next, lost }: HistorySlice,
  reached: boolean,
  more: boolean,
  until: string | undefined,
): string {
  const gap = lost ? 'Older events are no longer known: read the calls again with list_active_calls.' : '';
  const before = entries.length > shown ? `${entries.length - shown} before these` : '';
  return [
    gap,
    head(entries, reached, more, until),
    before,
    ...entries.slice(-shown).map(line),
    `cursor ${next}`,
  ]
    .filter(Boolean)
    .join('\n');
}

function head(
  entries: readonly HistoryEntry[],
  reached: boolean,
  more: boolean,
  until: string | undefined,
): string {
  if (reached) return until && entries.length === 0 ? `It is ${until} already.` : 'Happened:';
  if (more)
    return `${until ? `Not ${until} so far, but more` : 'More'} has happened: call again with this cursor.`;
  return `Time is up${until ? `, not ${until} yet` : ', nothing happened'}.`;
}

const line = ({ telephonySessionId, partyId, status, reason, late }: HistoryEntry): string =>
  `${telephonySessionId} ${partyId}: ${status}${reason ? `/${reason}` : ''}${late ? ' (before that; told late)' : ''}`;

import { z } from 'zod';
import type { Calls } from '../calls/store/call-log.ts';
import { ownParty } from '../calls/store/own-party.ts';
import type { HistoryEntry, SessionView } from '../calls/store/views.ts';
import { requireFreshCalls } from '../calls/sync/first-sync.ts';
import { mostUrgent } from '../presentation/call-place.ts';
import { presentSession } from '../presentation/views.ts';
import { Failure } from '../shared/failure.ts';
import { findPlan } from './plans/find-plan.ts';
import { renderPlan } from './plans/render-plan.ts';
import { advise } from './runtime/advise.ts';
import { CallWait, readOnceMore } from './runtime/call-wait.ts';
import type { ToolContext } from './runtime/context.ts';
import { defineTool } from './runtime/define-tool.ts';
import { findCall, findIn } from './runtime/find-call.ts';
import { id, telephonySessionId, words } from './runtime/parameters.ts';
import { resolveCall } from './runtime/resolve-call.ts';
import { cursor, next, object, objects, type ToolResult } from './runtime/result.ts';
import { conditionNames, WaitCondition } from './runtime/wait-condition.ts';
import { formatWait, type WaitOutcome } from './runtime/wait-text.ts';

const longestSeconds = 25;
/** How often a client that asked for progress is told of it. */
const progressMs = 2_000;

export const waitForCallEvent = defineTool({
  name: 'wait_for_call_event',
  title: 'Wait for a call event',
  description:
    'Wait until something happens on your calls, or on one call or party, and get what happened. `until` Proceeding, ' +
    'VoiceMail or Answered on a call that you placed means the other side. Ends at once when a call rings or it is so. Give the `cursor` of any result as `after`: nothing is missed ' +
    'or told twice. Running out of time is normal: call again. To look without waiting use list_active_calls or ' +
    'read_call_session_status.',
  input: {
    telephonySessionId: () => telephonySessionId().optional(),
    partyId: () => id('Only this party, e.g. p-123-2').optional(),
    until: () =>
      words(`State or one of ${conditionNames.join(', ')}, e.g. Answered, default: anything`, 30).optional(),
    after: () => z.number().int().min(0).optional().describe('cursor of a result, default: the last one'),
    planId: () => words('Until this plan ends, e.g. p1', 20).optional(),
    timeoutSeconds: () =>
      z.number().min(0).max(longestSeconds).optional().describe(`0 to ${longestSeconds}, default 20`),
  },
  output: {
    events: objects,
    reached: () => z.boolean(),
    timedOut: () => z.boolean(),
    lost: () => z.boolean(),
    plan: object,
    call: object,
    next,
    cursor,
  },
  risk: 'read',
  idempotent: true,
  async run(args, context) {
    const { line } = context;
    const { partyId, after, timeoutSeconds = 20, planId } = args;
    if (planId !== undefined) return waitForPlan(planId, timeoutSeconds, context);
    const condition = args.until === undefined ? undefined : new WaitCondition(args.until, partyId);
    await requireFreshCalls(line.sync);
    const telephonySessionId = await findWaitedCall(args, context);
    const { told } = context;
    const wait = new CallWait(line, { condition, telephonySessionId, partyId, after, told });
    const outcome = await waitWithin(timeoutSeconds, wait, context);
    const { slice, end, hasMore } = outcome;
    const matching = end?.matching ?? [];
    const call = wait.currentCall() ?? matching[0];
    const recent = mostRecent(slice.entries, line.calls);
    const about = call ?? (recent?.over ? undefined : recent) ?? mostUrgent(line.calls.active()) ?? recent;
    const aboutParty = about?.parties.find(({ id }) => id === partyId) ?? ownParty(about);
    const timedOut = end === undefined && !hasMore && !slice.lost;
    const used = { tool: 'wait_for_call_event', args, timedOut };
    const shown = matching.length > 0 ? matching : call ? [call] : [];
    const ended = await line.hangUps.endedOf(shown.map(({ id }) => id));
    return {
      text: formatWait(outcome, condition?.word, shown, {
        feed: line.sync.status(),
        now: line.clock.now(),
        callOf: (id) => line.calls.session(id),
        hasEndedByItself: (id) => ended.has(id),
      }),
      data: {
        events: slice.entries,
        reached: end?.reached === true,
        timedOut,
        lost: slice.lost === true,
        ...(call && { call: presentSession(call) }),
      },
      next: advise({ call: about, party: aboutParty, used }, context),
      told: {
        cursor: slice.next,
        ...(telephonySessionId === undefined
          ? { calls: 'all', ringing: wait.ringing().map(({ id }) => id) }
          : { calls: [telephonySessionId] }),
      },
    };
  },
});

/** Waits until a plan has ended, and tells how it stands. */
async function waitForPlan(planId: string, seconds: number, context: ToolContext): Promise<ToolResult> {
  const plan = await findPlan(planId, context);
  await withDeadline(seconds, context, (deadline) =>
    Promise.race([
      plan.ended,
      new Promise<void>((resolve) => deadline.addEventListener('abort', () => resolve())),
    ]),
  );
  const result = renderPlan(plan, context);
  const isRunning = plan.view().state === 'running';
  return { ...result, data: { ...result.data, reached: !isRunning, timedOut: isRunning } };
}

/** The call on which the last of these has happened. */
function mostRecent(entries: readonly HistoryEntry[], calls: Calls): SessionView | undefined {
  const last = entries.at(-1);
  return last && calls.session(last.telephonySessionId);
}

/**
 * The id of the call that is meant; undefined for all calls. A call that is not known is looked up on the platform
 * once, because a wait for one that does not exist could only time out.
 * @throws Failure `not_found`
 */
async function findWaitedCall(
  args: { telephonySessionId?: string | undefined; partyId?: string | undefined },
  context: ToolContext,
): Promise<string | undefined> {
  const { telephonySessionId, partyId } = args;
  if (telephonySessionId === undefined && partyId === undefined) return undefined;
  const wanted =
    telephonySessionId === undefined
      ? callIdOf(partyId ?? '', context.line.calls.active())
      : (await resolveCall(telephonySessionId, { acts: false }, context)).id;
  const call = await findCall(wanted, context);
  if (partyId !== undefined) await findIn(call, partyId, context);
  return call.id;
}

/**
 * The id of the call that a party is on. Where no live call has it, it is made from the party's id, which has the
 * same middle (platform.md 3.4).
 * @throws Failure `not_found` for an id of another form
 */
function callIdOf(partyId: string, calls: readonly SessionView[]): string {
  const known = calls.find(({ parties }) => parties.some(({ id }) => id === partyId));
  if (known) return known.id;
  const middle = partyId.match(/^p-(.+)-\d+$/)?.[1];
  if (middle !== undefined) return `s-${middle}`;
  throw new Failure('not_found', `No call that is known has a party ${partyId}.`, {
    parameter: 'partyId',
    next: ['list_active_calls'],
  });
}

/**
 * Waits until `wait` has ended, `seconds` have passed or the client cancels. Where the time is up, what no event
 * tells is read once more, so that "nothing happened" is said of what was looked at.
 */
async function waitWithin(seconds: number, wait: CallWait, context: ToolContext): Promise<WaitOutcome> {
  const { calls, sync } = context.line;
  let slice = wait.eventsSoFar();
  let isVerified = true;
  if (!wait.endAfter(slice)) {
    const watched = wait.watchedCalls();
    slice = await withDeadline(seconds, context, (deadline) =>
      wait.untilEnd(watched, deadline, seconds * 1_000),
    );
    const isTimeUp = !wait.endAfter(slice) && slice.next >= calls.history.newest;
    if (isTimeUp && !context.signal.aborted) {
      isVerified = await readOnceMore(watched, sync);
      slice = wait.eventsSoFar();
    }
  }
  return { slice, end: wait.endAfter(slice), hasMore: slice.next < calls.history.newest, isVerified };
}

/**
 * Runs `wait` with a signal that aborts after `seconds`, or when the client cancels. Reports progress to the
 * client meanwhile, which may start its own timeout anew with each report (MCP "Lifecycle: Timeouts").
 */
async function withDeadline<T>(
  seconds: number,
  { line: { clock }, signal, progress }: ToolContext,
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeUp = new AbortController();
  const started = clock.now();
  const cancelDeadline = clock.after(seconds * 1_000, () => timeUp.abort());
  const reportProgress = () => {
    progress(Math.round((clock.now() - started) / 1_000), seconds, 'waiting for a call event');
    cancelReport = clock.after(progressMs, reportProgress);
  };
  let cancelReport = clock.after(progressMs, reportProgress);
  try {
    return await wait(AbortSignal.any([timeUp.signal, signal]));
  } finally {
    cancelDeadline();
    cancelReport();
  }
}

import type { HangUp } from '../../app/hang-up-timers.ts';
import type { Line } from '../../app/line.ts';
import type { Action } from '../../guard/action.ts';
import { nobody } from '../../guard/confirmation/nobody.ts';
import { Failure, isTransient } from '../../shared/failure.ts';

/** Before the next attempt, where nothing was sent. */
const retryMs = 5_000;
const retries = 3;

/** Has a call that was just placed ended after so many seconds, unless somebody has answered it by then. */
export async function hangUpLater(
  telephonySessionId: string,
  seconds: number,
  { line, principal }: { line: Line; principal: string },
): Promise<void> {
  await line.hangUps.schedule(seconds * 1_000, { telephonySessionId, principal, retries }, (due, signal) =>
    hangUpNow(due, line, signal),
  );
}

/**
 * Ends a call whose time is up, unless somebody has answered; where nothing could be sent, it is tried again later.
 * Never rejects.
 * @param line of the principal for whom it was placed
 * @param signal cancels it before it is sent
 */
export async function hangUpNow(hangUp: HangUp, line: Line, signal: AbortSignal): Promise<void> {
  try {
    await end(hangUp, line, signal);
  } catch (error) {
    if (!(error instanceof Failure)) {
      line.log.error({ err: error }, 'defect while an unanswered call was ended');
    } else if (isTransient(error) && hangUp.retries > 0) {
      await line.hangUps.schedule(retryMs, { ...hangUp, retries: hangUp.retries - 1 }, (due, later) =>
        hangUpNow(due, line, later),
      );
    } else line.log.info({ kind: error.kind }, 'a call was not ended by itself');
  }
}

/** @throws Failure of the guard: `wrong_state` where somebody has answered, or the call is over */
async function end(
  { telephonySessionId, principal }: HangUp,
  { guard, platform, hangUps }: Line,
  signal: AbortSignal,
): Promise<void> {
  const action: Action = {
    ...{ tool: 'delete_call_session', risk: 'destructive', principal, telephonySessionId },
    args: { telephonySessionId },
    ...{ targets: [], deviceIds: [] },
    effect: { does: 'end its own call', heard: 'It stops ringing.', undo: 'Cannot be undone.' },
    isAnnounced: true,
  };
  await guard.run(action, nobody(signal), {
    prepare: () => platform.prepare('delete_call_session', { telephonySessionId }),
    async execute({ send }) {
      const { requestId } = await send(undefined);
      await hangUps.noteEnded(telephonySessionId);
      return { result: undefined, outcome: { result: 'accepted', ...(requestId && { requestId }) } };
    },
  });
}

/** What the result of the call-out says of it. */
export const hangUpNote = (seconds: number): string =>
  `Unless somebody answers, this call ends by itself after ${seconds} s, as long as this server runs; an answer in that ` +
  'very second may be cut off.';

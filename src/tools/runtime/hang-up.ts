import type { Action } from '../../guard/action.ts';
import { nobody } from '../../guard/confirmation/nobody.ts';
import { Failure, type FailureKind } from '../../shared/failure.ts';
import type { ToolContext } from './context.ts';

/** Failures after which nothing was sent, and the next attempt may fare better. */
const passing: ReadonlySet<FailureKind> = new Set(['rate_limited', 'unavailable']);
const retryMs = 5_000;
const retries = 3;

/** Has a call that was just placed ended after so many seconds, unless somebody has answered it by then. */
export function hangUpLater(telephonySessionId: string, seconds: number, context: ToolContext): void {
  const { line, principal, app } = context;
  const attempt = (left: number) => (signal: AbortSignal) => {
    hangUp(telephonySessionId, principal, line, signal).catch((error: unknown) => {
      if (!(error instanceof Failure)) {
        app.log.error({ err: error }, 'defect while an unanswered call was ended');
        return;
      }
      if (passing.has(error.kind) && left > 0) line.hangUps.schedule(retryMs, attempt(left - 1));
      else app.log.info({ kind: error.kind }, 'a call was not ended by itself');
    });
  };
  line.hangUps.schedule(seconds * 1_000, attempt(retries));
}

/** @throws Failure of the guard: `wrong_state` where somebody has answered, or the call is over */
async function hangUp(
  telephonySessionId: string,
  principal: string,
  { guard, platform, hangUps }: ToolContext['line'],
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
      hangUps.noteEnded(telephonySessionId);
      return { result: undefined, outcome: { result: 'accepted', ...(requestId && { requestId }) } };
    },
  });
}

/** What the result of the call-out says of it. */
export const hangUpNote = (seconds: number): string =>
  `Unless somebody answers, this call ends by itself after ${seconds} s, as long as this server runs; an answer in that ` +
  'very second may be cut off.';

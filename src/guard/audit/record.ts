import { randomUUID } from 'node:crypto';
import { Failure } from '../../shared/failure.ts';
import type { Logger } from '../../shared/log.ts';
import type { Meter } from '../../shared/meter.ts';
import type { Action } from '../action.ts';
import type { ActOutcome } from '../contract.ts';
import type { AuditedAct, AuditedAnswer, AuditLog } from './entry.ts';
import { maskArguments } from './mask.ts';

/** Records the guard's decisions in the audit log, if there is one, in the log and in the metrics. */
export interface GuardRecord {
  /**
   * Records that an act is about to be sent. Throws `unavailable` when that cannot be written: the act must not be
   * done.
   * @returns the act's id in the log, and what records the outcome; to be called once
   */
  intent(action: Action, trail: AuditedAnswer): { act: string; note(outcome: ActOutcome): void };
  refusal(action: Action, failure: Failure, trail: AuditedAnswer): void;
}

export function createRecord(
  audit: Pick<AuditLog, 'write'> | undefined,
  log: Logger,
  meter?: Meter,
): GuardRecord {
  /** Writes, and only logs a failure: what has happened is not undone by a log that cannot be written. */
  const complain = (what: string, write: () => void) => {
    try {
      write();
    } catch (error) {
      log.error({ reason: String(error) }, `${what} is missing in the audit log`);
    }
  };
  return {
    intent(action, trail) {
      meter?.guardDecision(action.risk, trail.answer ?? 'allow');
      const act = randomUUID();
      try {
        audit?.write({ event: 'intent', act, ...audited(action), ...trail });
      } catch (error) {
        log.error({ reason: String(error) }, 'the audit log cannot be written');
        throw new Failure(
          'unavailable',
          'The audit log cannot be written, so nothing was done. Tell the operator.',
        );
      }
      const { hurried, answer, answerMs } = trail;
      if (hurried) log.warn({ tool: action.tool, answer, answerMs }, 'answered faster than a person reads');
      return {
        act,
        note: (outcome) => complain('an outcome', () => audit?.write({ event: 'outcome', act, ...outcome })),
      };
    },
    refusal(action, { kind, details: { reason } }, trail) {
      meter?.guardDecision(action.risk, reason ?? kind);
      log.info({ tool: action.tool, kind, reason }, 'refused');
      complain('a refusal', () =>
        audit?.write({ event: 'refused', kind, ...(reason && { reason }), ...audited(action), ...trail }),
      );
    },
  };
}

const audited = ({ principal, tool, args, mandate }: Action): AuditedAct => ({
  principal,
  ...(mandate && { plan: mandate.act }),
  tool,
  args: maskArguments(args),
});

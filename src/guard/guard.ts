import type { Clock } from '../shared/clock.ts';
import { Failure } from '../shared/failure.ts';
import { Listeners } from '../shared/listeners.ts';
import type { Logger } from '../shared/log.ts';
import type { Meter } from '../shared/meter.ts';
import { ActRunner } from './act-runner.ts';
import { createActsInProgress } from './acts-in-progress.ts';
import { createAssess } from './assessment/assess.ts';
import { createConfirmedPhones, type NamedPhone } from './assessment/people/confirmed-phones.ts';
import { createOwnEndings } from './assessment/people/own-endings.ts';
import { createSilences } from './assessment/people/silences.ts';
import type { AuditedAnswer, AuditLog } from './audit/entry.ts';
import { createRecord } from './audit/record.ts';
import { createCallTurns } from './call-turns.ts';
import { Clearance } from './clearance.ts';
import { createConfirm } from './confirmation/confirm.ts';
import type { Guard } from './contract.ts';
import { ActFailed, createExecute } from './execute.ts';
import { createGuardView } from './guard-view.ts';
import { createCaps } from './limits/caps.ts';
import { createGrants } from './limits/grants.ts';
import { createOnce } from './limits/idempotency.ts';
import { createLocalMemory } from './local-memory.ts';
import type { CreateGuardMemory } from './memory.ts';
import type { Policy } from './policy/policy.ts';
import { policyInForce } from './policy-in-force.ts';
import type { AccountDirectory, CallsPort, Operator } from './ports.ts';

export interface GuardOptions {
  policy: Policy;
  readOnly: boolean;
  /** Tools for which the policy's `ask` becomes `allow` (`--allow-unconfirmed`). */
  allowUnconfirmed: readonly string[];
  sandbox: boolean;
  /** The phone that agents may open the microphone of (`RC_MCP_PHONE`, or what a person has chosen). */
  phone?: NamedPhone;
  calls: CallsPort;
  directory: AccountDirectory;
  /** Asked instead of the host (`--approvals`). */
  operator?: Operator;
  /** Closed by whoever opened it, after the guard. */
  audit?: Pick<AuditLog, 'write'>;
  meter?: Meter;
  /** What it remembers, where processes share that; absent: in memory. */
  memory?: CreateGuardMemory;
  clock: Clock;
  log: Logger;
}

/**
 * How long, in ms, a shutdown waits for acts under way. Those that a client waits for have ended before
 * (transports/http/limits.ts).
 */
const ENDING_MS = 1_000;

/** Puts a guard together; see `Guard` for what it does. */
export function createGuard(options: GuardOptions): Guard {
  const { policy, readOnly, sandbox, calls, directory, operator, audit, clock, log } = options;
  const inForce = policyInForce(policy, readOnly, options.allowUnconfirmed);
  const { allowUnconfirmed } = inForce;
  const listeners = new Listeners<[]>((err) => log.error({ err }, 'a listener of the guard failed'));
  const changed = () => listeners.emit();
  const memory = (options.memory ?? createLocalMemory)({ policyHash: inForce.hash, changed, clock, log });
  const caps = createCaps(policy.caps, memory.caps, calls);
  const silences = createSilences(calls, clock, memory.silences);
  const ownEndings = createOwnEndings(memory.own);
  const phones = createConfirmedPhones({
    ...{ sandbox, consents: memory.phones },
    ...(options.phone !== undefined && { phone: options.phone }),
  });
  const record = createRecord(audit, log, options.meter);
  const actsInProgress = createActsInProgress(clock);
  const confirm = createConfirm({
    ...{
      pending: memory.questions,
      stateKeys: memory.stateKeys,
      record,
      calls,
      directory,
      operator,
      sandbox,
    },
    ...{ clock, changed },
  });
  const runner = new ActRunner({
    takeTurn: createCallTurns(),
    assess: createAssess({
      ...{ policy, allowUnconfirmed, sandbox, calls, directory, caps, silences, ownEndings, phones, clock },
    }),
    caps,
    clearance: new Clearance({ policy, grants: createGrants(memory.grants), phones, confirm, changed }),
    confirm,
    execute: createExecute({ caps, silences, ownEndings, record, actsInProgress, clock, log }),
  });

  return {
    async run(action, asker, act) {
      const trail: AuditedAnswer = {};
      try {
        if (readOnly) {
          throw new Failure('denied', 'This server runs with --read-only: it looks and never acts.');
        }
        return await runner.run({ action, asker, act, trail });
      } catch (error) {
        if (error instanceof ActFailed) throw error.cause;
        if (error instanceof Failure) record.refusal(action, error, trail);
        throw error;
      }
    },
    once: createOnce(memory.runs, clock),
    isConfirmedPhone: (device, principal) => phones.isConfirmed(device, principal),
    missingPhone: phones.missing,
    view: createGuardView({
      ...{ inForce, asks: operator ? 'operator' : 'host' },
      ...{ pending: memory.questions, grants: memory.grants },
    }),
    onChange: (listener) => listeners.add(listener),
    requestState: confirm.requestState,
    stopAsking: confirm.close,
    async close() {
      confirm.close();
      await actsInProgress.settled(ENDING_MS);
      memory.close();
    },
  };
}

import { randomBytes } from 'node:crypto';
import { createRequestStateCodec } from '@modelcontextprotocol/server';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Logger } from '../base/log.ts';
import type { Meter } from '../base/meter.ts';
import type { Action } from './action.ts';
import type { Answer } from './ask/answer.ts';
import { QUESTION_MS, READING_MS } from './ask/answer.ts';
import { buildForm, readAnswer } from './ask/form.ts';
import { askLater, askNow, canAsk, isModern, returned } from './ask/host.ts';
import type { PendingQuestion } from './ask/pending.ts';
import { binding, createPendingQuestions } from './ask/pending.ts';
import { writeQuestion } from './ask/question.ts';
import { notConfirmed } from './ask/refusal.ts';
import type { AuditedAnswer, AuditLog } from './audit/entry.ts';
import { maskText } from './audit/mask.ts';
import { createRecord } from './audit/record.ts';
import { digest } from './canonical.ts';
import type { Asker, Guard, Permit, Question } from './contract.ts';
import { investigate } from './findings.ts';
import type { Scene } from './fingerprint.ts';
import { fingerprint, rings } from './fingerprint.ts';
import { createCaps } from './limits/caps.ts';
import { createFatigue } from './limits/fatigue.ts';
import { createGrants } from './limits/grants.ts';
import { createOnce } from './limits/idempotency.ts';
import { look, lookAgain, refuseEmergency } from './look.ts';
import type { Decision, Findings } from './policy/decide.ts';
import { decide } from './policy/decide.ts';
import type { Policy } from './policy/policy.ts';
import type { Calls, Directory, Operator } from './ports.ts';
import { refuseForeignDevices } from './targets/devices.ts';
import { createUnderWay } from './under-way.ts';

export interface GuardOptions {
  policy: Policy;
  readOnly: boolean;
  /** Tools for which the policy's `ask` becomes `allow` (`--allow-unconfirmed`). */
  allowUnconfirmed: readonly string[];
  sandbox: boolean;
  calls: Calls;
  directory: Directory;
  /** Asked instead of the host (`--approvals`). */
  operator?: Operator;
  audit?: AuditLog;
  meter?: Meter;
  clock: Clock;
  log: Logger;
}

/** How often a question is put again because the call changed meanwhile. */
const ROUNDS = 2;

/** How long a shutdown waits for acts under way, after those that a client waits for (transports/limits.ts). */
const ENDING_MS = 1_000;

/** An act under judgement: what was found out about it and what the policy says. */
interface Case {
  action: Action;
  asker: Asker;
  trail: AuditedAnswer;
  findings: Findings;
  decision: Decision;
  offersGrant: boolean;
  because?: string;
}

/** A yes, and the question that it answers. */
interface Confirmation {
  question: PendingQuestion;
  answer: 'yes' | 'grant';
}

export function createGuard(options: GuardOptions): Guard {
  const { policy, readOnly, sandbox, calls, directory, operator, audit, clock, log } = options;
  const allowUnconfirmed = new Set(options.allowUnconfirmed);
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  const pending = createPendingQuestions(clock, changed);
  const fatigue = createFatigue(clock);
  const caps = createCaps(policy.caps, calls, clock);
  const grants = createGrants(clock, changed);
  const record = createRecord(audit, log, options.meter);
  /** The key dies with the process: no answer outlives the questions that are known. */
  const codec = createRequestStateCodec<{ nonce: string }>({ key: randomBytes(32), ttlSeconds: 600 });
  const open = new Set<AbortController>();
  const underWay = createUnderWay(clock);
  const hash = digest({ policy, readOnly, allowUnconfirmed: [...allowUnconfirmed].sort() });

  log.info({ policy: policy.name, hash, readOnly }, 'guard policy');
  if (allowUnconfirmed.size > 0) {
    log.warn({ tools: [...allowUnconfirmed] }, 'these tools act without asking a person');
  }

  /** `trail` gets what the audit log tells, whatever the end. */
  async function judge(action: Action, asker: Asker, trail: AuditedAnswer): Promise<Permit | Question> {
    if (action.risk === 'read') return { kind: 'permit', done() {} };
    if (readOnly) throw new Failure('denied', 'This server runs with --read-only: it looks and never acts.');
    // First of all, so that an answer is used up whatever comes of it.
    const confirmation = takeAnswer(action, asker, trail);
    const { telephonySessionId: id, other } = action;
    const call = id === undefined ? undefined : calls.call(id);
    const second = other && calls.call(other.telephonySessionId);
    refuseEmergency(action, { ...(call && { call }), ...(second && { other: second }), guests: [] });
    const findings = await investigate(action, calls, directory);
    await refuseForeignDevices(action, directory);
    const judged = weigh(action, asker, findings, trail);
    caps.check(action, findings);
    if (judged.decision.verdict === 'allow') return permit(judged);
    if (!judged.because && grants.covers(action, findings, call)) {
      trail.answer = 'granted';
      return permit(judged);
    }
    if (!confirmation) return ask(judged, await look(action, calls, asker.context.mcpReq.signal), 0);
    return resume(judged, confirmation);
  }

  /** The policy's verdict, and the two rules above it. Throws `denied`. */
  function weigh(action: Action, asker: Asker, findings: Findings, trail: AuditedAnswer): Case {
    let decision = decide(policy, action, findings);
    if (decision.verdict === 'ask' && allowUnconfirmed.has(action.tool)) {
      decision = { verdict: 'allow', rule: `allow-unconfirmed ${action.tool}` };
    }
    const restless = decision.verdict !== 'deny' && caps.tooManyCalls(action);
    if (restless && decision.verdict === 'allow') {
      decision = { verdict: 'ask', rule: `${policy.name}: many calls within a minute` };
    }
    trail.rule = decision.rule;
    if (decision.verdict === 'deny') {
      throw new Failure('denied', `The policy does not let agents do this (${decision.rule}).`);
    }
    return {
      action,
      asker,
      trail,
      findings,
      decision,
      offersGrant: !restless && policy.grants.some((risk) => risk === action.risk) && hasTarget(action),
      ...(restless && { because: `more than ${policy.caps.calls} different calls within a minute` }),
    };
  }

  /** Puts the question: answered on the spot where somebody can be asked now, else left with the host. */
  async function ask(judged: Case, scene: Scene, round: number): Promise<Permit | Question> {
    const { action, asker, findings, decision, trail, offersGrant } = judged;
    const obstacle = scene.call && action.obstacle?.(scene.call);
    if (obstacle) throw obstacle;
    if (!operator && !canAsk(asker)) throw notConfirmed('unsupported', action.tool);
    const message = await phrase(judged, scene, round > 0);
    if (asker.context.mcpReq.signal.aborted) throw notConfirmed('cancelled', action.tool);
    // From here to the open question without a pause: many tool calls may come at once.
    fatigue.mayAsk(action, pending.waiting(action.principal).length);
    const later = !operator && isModern(asker);
    const question = pending.open(
      {
        principal: action.principal,
        tool: action.tool,
        ...(action.telephonySessionId && { telephonySessionId: action.telephonySessionId }),
        binding: binding(action),
        fingerprint: fingerprint(action, findings.targets, scene),
        rule: decision.rule,
        rang: rings(action, scene),
        offersGrant,
        round,
      },
      // Nobody waits here for a host that is asked later: that it never answers must be told all the same.
      (unanswered) =>
        later &&
        record.refusal(
          action,
          notConfirmed('timed_out', action.tool),
          answered(action, unanswered, 'timed_out'),
        ),
    );
    fatigue.asked(action);
    changed();
    const form = buildForm(message, offersGrant);
    if (later) return askLater(form, await codec.mint({ nonce: question.nonce }));

    const { principal, tool } = action;
    const { askedAt } = question;
    const answer = await withinTime(asker, (signal) =>
      operator
        ? operator.ask(
            { principal, tool, message, offersGrant, askedAt, expiresAt: askedAt + QUESTION_MS },
            signal,
          )
        : askNow(asker, form, offersGrant, signal),
    ).finally(() => pending.take(question.nonce));
    changed();
    return resume(judged, accept(action, question, answer, trail));
  }

  /** After the yes: the call must still be the one that was shown. */
  async function resume(judged: Case, confirmation: Confirmation): Promise<Permit | Question> {
    const { action, asker } = judged;
    const { question, answer } = confirmation;
    const now = weigh(action, asker, await investigate(action, calls, directory), judged.trail);
    // Last, so that nothing is waited for between what was read and what is done.
    const scene = await lookAgain(action, calls, question.rang, asker.context.mcpReq.signal);
    if (fingerprint(action, now.findings.targets, scene) !== question.fingerprint) {
      if (question.round >= ROUNDS) throw notConfirmed('changed', action.tool);
      return ask(now, scene, question.round + 1);
    }
    const decided = permit(now);
    if (answer === 'grant') {
      grants.add(action, now.findings, scene.call);
      changed();
    }
    return decided;
  }

  /** What a modern host brought back with this call, if anything. */
  function takeAnswer(action: Action, asker: Asker, trail: AuditedAnswer): Confirmation | undefined {
    const back = returned(asker);
    if (!back) return undefined;
    const question = pending.take(back.nonce);
    changed();
    if (!question || question.binding !== binding(action)) throw notConfirmed('invalid', action.tool);
    return accept(action, question, readAnswer(back.raw, question.offersGrant), trail);
  }

  /** Throws unless it is a yes in time. */
  function accept(
    action: Action,
    question: PendingQuestion,
    answer: Answer,
    trail: AuditedAnswer,
  ): Confirmation {
    const answerMs = clock.now() - question.askedAt;
    Object.assign(trail, {
      ...answered(action, question, answer),
      ...{ answerMs, hurried: answerMs < READING_MS },
    } satisfies AuditedAnswer);
    if (answer === 'declined') fatigue.declined(action);
    if (answer !== 'yes' && answer !== 'grant') throw notConfirmed(answer, action.tool, answerMs);
    if (question.late || answerMs >= QUESTION_MS) throw notConfirmed('timed_out', action.tool);
    return { question, answer };
  }

  async function phrase({ action, findings, because }: Case, scene: Scene, again: boolean): Promise<string> {
    const extensions = scene.call ? await directory.extensions().catch(() => []) : [];
    return writeQuestion(
      {
        action,
        scene,
        targets: findings.targets,
        extensions,
        sandbox,
        changed: again,
        ...(because && { because }),
      },
      clock,
    );
  }

  async function withinTime(asker: Asker, run: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const controller = new AbortController();
    const cancel = () => controller.abort('cancelled');
    const stop = clock.after(QUESTION_MS, () => controller.abort('timed_out'));
    const request = asker.context.mcpReq.signal;
    open.add(controller);
    request.addEventListener('abort', cancel);
    try {
      return await run(controller.signal);
    } finally {
      stop();
      open.delete(controller);
      request.removeEventListener('abort', cancel);
    }
  }

  /** The last step, without a pause in it: what was checked still holds. */
  function permit({ action, findings, asker, trail }: Case): Permit {
    if (asker.context.mcpReq.signal.aborted) throw notConfirmed('cancelled', action.tool);
    caps.check(action, findings);
    const note = record.intent(action, trail);
    const count = caps.count(action, findings);
    const end = underWay.begin();
    let owed = true;
    return {
      kind: 'permit',
      done(outcome) {
        if (!owed) return;
        owed = false;
        count(outcome);
        note(outcome);
        end();
      },
    };
  }

  return {
    async authorize(action, asker) {
      const trail: AuditedAnswer = {};
      try {
        return await judge(action, asker, trail);
      } catch (error) {
        if (error instanceof Failure) record.refusal(action, error, trail);
        throw error;
      }
    },
    once: createOnce(clock),
    view: (principal) => ({
      policy: { name: policy.name, hash, readOnly },
      allowUnconfirmed: [...allowUnconfirmed],
      asks: operator ? 'operator' : 'host',
      pending: pending.waiting(principal).map(({ tool, telephonySessionId, askedAt }) => ({
        tool,
        ...(telephonySessionId && { telephonySessionId }),
        askedAt: iso(askedAt),
        expiresAt: iso(askedAt + QUESTION_MS),
      })),
      grants: grants.of(principal).map(({ tool, telephonySessionId, expiresAt }) => ({
        tool,
        ...(telephonySessionId && { telephonySessionId }),
        expiresAt: iso(expiresAt),
      })),
    }),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    requestState: { verify: codec.verify },
    async close() {
      for (const controller of open) controller.abort('cancelled');
      await underWay.settled(ENDING_MS);
      if (audit) log.info(audit.close(), 'audit log closed');
    },
  };
}

const answered = (action: Action, question: PendingQuestion, answer: Answer): AuditedAnswer => ({
  rule: question.rule,
  round: question.round,
  answer,
  fingerprint: question.fingerprint,
  question: maskText(action.effect.does, action.args),
});

const iso = (time: number): string => new Date(time).toISOString();

/** "For this call and target" needs one of the two. */
const hasTarget = ({ telephonySessionId, targets }: Action): boolean =>
  telephonySessionId !== undefined || targets.length > 0;

import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import type { Action } from '../action.ts';
import type { Assessment } from '../assessment/assess.ts';
import { fingerprint, isTargetRinging } from '../assessment/fingerprint.ts';
import type { AuditedAnswer } from '../audit/entry.ts';
import { maskText } from '../audit/mask.ts';
import type { GuardRecord } from '../audit/record.ts';
import type { Asker, Guard, Question } from '../contract.ts';
import type { GrantTerms } from '../limits/grant-terms.ts';
import { askedEnough, sameAct } from '../limits/question-limit.ts';
import type { AccountDirectory, CallsPort, Operator } from '../ports.ts';
import type { Answer } from './answer.ts';
import { QUESTION_MS, READING_MS } from './answer.ts';
import { withoutNames } from './effect-words.ts';
import { askLater, askNow, canAsk, isModern, returned } from './elicitation.ts';
import { buildForm, readAnswer } from './form.ts';
import type { PendingQuestion, PendingQuestions, TakenQuestion } from './pending-questions.ts';
import { binding } from './pending-questions.ts';
import { type WrittenQuestion, writeQuestion } from './question.ts';
import { type Asked, type Cause, notConfirmed } from './refusal.ts';
import { createStateCodec } from './state-codec.ts';

/** How often a question is put again because the call changed meanwhile. */
const ROUNDS = 2;

/** A person's yes, and the question that it answers. */
export interface Confirmation {
  question: PendingQuestion;
  answer: 'yes' | 'grant';
}

export interface ConfirmOptions {
  pending: PendingQuestions;
  /** See `GuardMemory.stateKeys`. */
  stateKeys: readonly Uint8Array[];
  record: GuardRecord;
  calls: CallsPort;
  directory: AccountDirectory;
  /** Asked instead of the host (`--approvals`). */
  operator: Operator | undefined;
  sandbox: boolean;
  clock: Clock;
  /** Called when `Guard.view` has changed. */
  changed: () => void;
}

/** Second step of the guard: gets a person's yes for exactly this act on exactly these calls. */
export interface Confirm {
  /**
   * The confirmation that a host of 2026-07-28 sent back with this tool call; undefined if it sent none. A question
   * can be answered once. Throws `not_confirmed` unless the answer is a yes.
   */
  returned(action: Action, asker: Asker, trail: AuditedAnswer): Promise<Confirmation | undefined>;
  /**
   * Whether the yes was given for what is true now. Throws `wrong_state` when the phone that rang has stopped
   * ringing, and `not_confirmed` when the call has changed too often.
   */
  fits(confirmation: Confirmation, assessment: Assessment): boolean;
  /**
   * Puts the question. An operator, or a host of 2025, answers while this waits; a host of 2026-07-28 gets the
   * question as result and calls again.
   * @param offer the grant that the answer may give
   * @param before a yes that no longer fits, because the call has changed since
   * @throws Failure `not_confirmed`, `denied` (asked too often), `wrong_state` (the phone has stopped ringing)
   */
  ask(
    assessment: Assessment,
    offer: GrantTerms | undefined,
    before: Confirmation | undefined,
    asker: Asker,
    trail: AuditedAnswer,
  ): Promise<Question | Confirmation>;
  readonly requestState: Guard['requestState'];
  /** Refuses the open questions as cancelled, and puts no further one. */
  close(): void;
}

export function createConfirm(options: ConfirmOptions): Confirm {
  const { pending, record, calls, directory, operator, sandbox, clock, changed } = options;
  const codec = createStateCodec<{ nonce: string }>(options.stateKeys);
  const open = new Set<AbortController>();
  const at = operator ? { page: operator, sandbox } : { sandbox };
  const refused = (cause: Cause, tool: string, asked: Asked = {}): Failure =>
    notConfirmed(cause, tool, { ...asked, at });
  let isClosed = false;

  /** Notes the answer in `trail`. Throws unless it is a yes within `QUESTION_MS`. */
  async function accept(
    action: Action,
    { question, ageMs: answerMs }: TakenQuestion,
    answer: Answer,
    trail: AuditedAnswer,
  ): Promise<Confirmation> {
    const { because } = question;
    Object.assign(trail, answered(action, question, answer), { answerMs, hurried: answerMs < READING_MS });
    // Nothing is done either way.
    if (answer === 'declined') await pending.declined(sameAct(action)).catch(() => {});
    if (answer === 'stopped') throw stopped();
    if (answer !== 'yes' && answer !== 'grant')
      // Where the line closes, nobody answered, quickly or not.
      throw isClosed && answer === 'cancelled'
        ? refused('ending', action.tool, { because })
        : refused(answer, action.tool, { answerMs, because });
    if (answerMs >= QUESTION_MS) throw refused('timed_out', action.tool, { because });
    return { question, answer };
  }

  async function phrase(
    { action, snapshot, facts, devices }: Assessment,
    again: boolean,
  ): Promise<WrittenQuestion> {
    const [extensions, timeZone] = await Promise.all([
      directory.extensions().catch(() => []),
      directory.timeZone().catch(() => undefined),
    ]);
    const { targets, unusual = [] } = facts;
    const questionFacts = {
      action,
      snapshot,
      targets,
      devices,
      extensions,
      sandbox,
      changed: again,
      because: unusual,
      ...(timeZone !== undefined && { timeZone }),
      ageOf: (time: number) => clock.now() - (calls.hostTime?.(time) ?? time),
    };
    return writeQuestion(questionFacts);
  }

  /**
   * Runs `run` with a signal that aborts, with an `Answer` as its reason, when the time is up, the client cancels,
   * the server ends, or the phone that rang has stopped.
   */
  async function whileItMatters(
    { action, snapshot }: Assessment,
    asker: Asker,
    run: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const controller = new AbortController();
    const cancel = () => controller.abort('cancelled');
    const stopTimer = clock.after(QUESTION_MS, () => controller.abort('timed_out'));
    const stopListening = onceSilent(
      action,
      snapshot.call !== undefined && isTargetRinging(action, snapshot),
      () => controller.abort('stopped'),
    );
    const request = asker.context.mcpReq.signal;
    open.add(controller);
    request.addEventListener('abort', cancel);
    try {
      return await run(controller.signal);
    } finally {
      stopTimer();
      stopListening();
      open.delete(controller);
      request.removeEventListener('abort', cancel);
    }
  }

  function onceSilent({ ...action }: Action, isRinging: boolean, silent: () => void): () => void {
    if (!isRinging) return () => {};
    return calls.onParty((telephonySessionId) => {
      if (telephonySessionId !== action.telephonySessionId) return;
      const call = calls.call(telephonySessionId);
      if (call && !isTargetRinging(action, { call })) silent();
    });
  }

  return {
    async returned(action, asker, trail) {
      const back = returned(asker);
      if (!back) return undefined;
      const taken = await pending.take(back.nonce);
      changed();
      if (!taken || taken.question.binding !== binding(action)) throw refused('invalid', action.tool);
      return accept(action, taken, readAnswer(back.raw, taken.question.offer), trail);
    },
    fits({ question }, { action, snapshot, facts }) {
      if (question.rang && !isTargetRinging(action, snapshot)) throw stopped();
      if (fingerprint(action, facts.targets, snapshot) === question.fingerprint) return true;
      if (question.round >= ROUNDS) throw refused('changed', action.tool, { because: question.because });
      return false;
    },
    async ask(assessment, offer, before, asker, trail) {
      const { action, snapshot, facts, decision } = assessment;
      const { unusual: because = [] } = facts;
      if (!operator && !canAsk(asker)) throw refused('unsupported', action.tool, { because });
      const written = await phrase(assessment, before !== undefined);
      if (isClosed) throw refused('ending', action.tool);
      if (asker.context.mcpReq.signal.aborted) throw refused('cancelled', action.tool);
      const later = !operator && isModern(asker);
      const question = await pending.open(
        {
          principal: action.principal,
          tool: action.tool,
          ...(action.telephonySessionId && { telephonySessionId: action.telephonySessionId }),
          binding: binding(action),
          fingerprint: fingerprint(action, facts.targets, snapshot),
          rule: decision.rule,
          because,
          rang: isTargetRinging(action, snapshot),
          offer,
          round: before ? before.question.round + 1 : 0,
        },
        sameAct(action),
        // Nobody waits here for a host that is asked later: that it never answers must be told all the same.
        (unanswered) =>
          later &&
          record.refusal(
            action,
            refused('timed_out', action.tool),
            answered(action, unanswered, 'timed_out'),
          ),
      );
      if ('why' in question) throw askedEnough(question);
      const openedAt = clock.now();
      changed();
      const form = buildForm(written, offer);
      if (later) return askLater(form, await codec.mint({ nonce: question.nonce }, asker.context));

      const { principal, tool } = action;
      const { message } = written;
      const answer = await whileItMatters(assessment, asker, (signal) =>
        operator
          ? operator.ask(
              {
                ...{ principal, tool, message, askedAt: openedAt, expiresAt: openedAt + QUESTION_MS },
                offersGrant: offer !== undefined,
                ...(offer && { grantLasts: offer.lasts }),
              },
              signal,
            )
          : askNow(asker, form, offer, signal),
      );
      // The answer is this question's whether or not it can be taken back: nobody else can bring it.
      const taken = await pending.take(question.nonce).catch(() => undefined);
      changed();
      return accept(action, taken ?? { question, ageMs: clock.now() - openedAt }, answer, trail);
    },
    requestState: { verify: codec.verify },
    close() {
      isClosed = true;
      for (const controller of open) controller.abort('cancelled');
    },
  };
}

const stopped = () =>
  new Failure('wrong_state', 'The phone stopped ringing before the person answered. Nothing was done.', {
    next: ['read_call_session_status'],
  });

const answered = (action: Action, question: PendingQuestion, answer: Answer): AuditedAnswer => ({
  rule: question.rule,
  round: question.round,
  answer,
  fingerprint: question.fingerprint,
  question: maskText(withoutNames(action.effect.does), action.args),
});

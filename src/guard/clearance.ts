import type { Action } from './action.ts';
import type { Assessment } from './assessment/assess.ts';
import type { ConfirmedPhones } from './assessment/people/confirmed-phones.ts';
import type { AuditedAnswer } from './audit/entry.ts';
import type { Confirm, Confirmation } from './confirmation/confirm.ts';
import { actTerms, type GrantTerms, messageTerms } from './limits/grant-terms.ts';
import type { Grants } from './limits/grants.ts';
import { modelTexts } from './model-text.ts';
import type { Policy } from './policy/policy.ts';

export interface ClearanceOptions {
  policy: Policy;
  grants: Grants;
  phones: ConfirmedPhones;
  confirm: Pick<Confirm, 'fits'>;
  /** Called when a grant was added. */
  changed: () => void;
}

/**
 * Decides whether an assessed act may be sent: the policy allows it, a grant covers it, or a person said yes to it.
 */
export class Clearance {
  readonly #options: ClearanceOptions;

  constructor(options: ClearanceOptions) {
    this.#options = options;
  }

  /**
   * The grant that the question offers: the policy extends what is done, nothing is unusual, and there is something
   * to bind the grant to: a call, a target, or, on the own party, a message that is not the model's.
   */
  grantOf({ action, facts: { unusual = [], another } }: Assessment): GrantTerms | undefined {
    const { grants } = this.#options.policy;
    if (unusual.length > 0) return undefined;
    if (isReadyMessage(action))
      return !another && grants.includes('reply-patterns') ? messageTerms : undefined;
    const isBound = action.telephonySessionId !== undefined || action.targets.length > 0;
    return isBound && grants.some((risk) => risk === action.risk) ? actTerms : undefined;
  }

  /**
   * Whether the act may be sent now; false: ask a person. Keeps the grant that a confirmation gives, and notes in
   * `trail` what let the act through. Throws as `Confirm.fits` does, and `unavailable`.
   */
  async isCleared(
    assessment: Assessment,
    confirmation: Confirmation | undefined,
    trail: AuditedAnswer,
  ): Promise<boolean> {
    const { grants, phones, confirm, changed } = this.#options;
    if (assessment.decision.verdict === 'allow') return true;
    const terms = this.grantOf(assessment);
    if (terms && (await grants.covers(assessment, terms))) {
      trail.answer = 'granted';
      return true;
    }
    if (!confirmation || !confirm.fits(confirmation, assessment)) return false;
    await phones.confirm(assessment.action);
    if (confirmation.answer === 'grant' && terms) {
      await grants.add(assessment, terms);
      changed();
    }
    return true;
  }
}

const isReadyMessage = ({ tool, args }: Action): boolean =>
  tool === 'reply_party' && typeof args.pattern === 'string' && modelTexts(args).length === 0;

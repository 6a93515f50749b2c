import type { Assessment } from './assessment/assess.ts';
import type { ConfirmedPhones } from './assessment/people/confirmed-phones.ts';
import type { AuditedAnswer } from './audit/entry.ts';
import type { Confirm, Confirmation } from './confirmation/confirm.ts';
import type { Grants } from './limits/grants.ts';
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
   * Whether the question offers a grant: the policy extends this class, nothing is unusual, and there is a call or
   * target to bind the grant to.
   */
  mayBeGranted({ action, facts: { unusual = [] } }: Assessment): boolean {
    return (
      unusual.length === 0 &&
      this.#options.policy.grants.some((risk) => risk === action.risk) &&
      (action.telephonySessionId !== undefined || action.targets.length > 0)
    );
  }

  /**
   * Whether the act may be sent now; false: ask a person. Keeps the grant that a confirmation gives, and notes in
   * `trail` what let the act through. Throws as `Confirm.fits` does.
   */
  isCleared(assessment: Assessment, confirmation: Confirmation | undefined, trail: AuditedAnswer): boolean {
    const { grants, phones, confirm, changed } = this.#options;
    const { action, snapshot, facts, decision } = assessment;
    if (decision.verdict === 'allow') return true;
    if (this.mayBeGranted(assessment) && grants.covers(action, facts, snapshot)) {
      trail.answer = 'granted';
      return true;
    }
    if (!confirmation || !confirm.fits(confirmation, assessment)) return false;
    phones.confirm(action);
    if (confirmation.answer === 'grant') {
      grants.add(action, facts, snapshot);
      changed();
    }
    return true;
  }
}

import type { PendingApprovals } from '../guard/approvals/pending-approvals.ts';

/** What the pages of people who sign in show beside their lines. */
export interface ShownToPeople {
  /** How people call a tool; undefined for one that is not known. */
  titleOf(tool: string): string | undefined;
  /** The questions that wait for the operator (`--approvals`). */
  pendingApprovals?: Pick<PendingApprovals, 'questions' | 'answer'>;
}

import type { NotConfirmedReason } from '../../base/failure.ts';
import { Failure } from '../../base/failure.ts';
import { READING_MS } from './answer.ts';

const nothing = 'Nothing was done.';

/** Why there is no yes. To clients an empty answer is one of the `invalid` ones; the words tell it from a used one. */
type Cause = NotConfirmedReason | 'empty';

const causes: Readonly<Record<Cause, (tool: string) => string>> = {
  declined: () => `The person said no. ${nothing} Do not try it again; ask them what they want instead.`,
  cancelled: () => `The question was closed without an answer. ${nothing}`,
  unsupported: (tool) =>
    `This needs a person's yes, and this host cannot ask for it. ${nothing} Ways out, all for whoever runs this ` +
    `server: a host that supports elicitation forms; --approvals, which asks the operator on a page; another --policy; ` +
    `or --allow-unconfirmed ${tool}, at their own risk. No argument of a tool is a confirmation.`,
  timed_out: () => `Nobody answered within 45 seconds. ${nothing} Try again when the person is there.`,
  changed: () =>
    `The call kept changing while the person was asked. ${nothing} Look at the call before you go on.`,
  invalid: () =>
    `The answer does not belong to an open question of this act: it was used before, or the act is another one. ` +
    `${nothing} Call the tool again to have the person asked.`,
  empty: () =>
    `The answer came without the decision that was asked for, so it is no yes. ${nothing} Call the tool again to have ` +
    'the person asked.',
};

const unseen = ' The answer came faster than a person reads: the host may not have shown the question.';

/** The refusal for want of a yes. `answerMs`: how long the answer took, where there was one. */
export const notConfirmed = (cause: Cause, tool: string, answerMs?: number): Failure => {
  const hurried =
    answerMs !== undefined && answerMs < READING_MS && (cause === 'declined' || cause === 'cancelled');
  return new Failure('not_confirmed', `${causes[cause](tool)}${hurried ? unseen : ''}`, {
    reason: cause === 'empty' ? 'invalid' : cause,
  });
};

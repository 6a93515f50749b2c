import type { NotConfirmedReason } from '../../shared/failure.ts';
import { Failure } from '../../shared/failure.ts';
import type { Operator } from '../ports.ts';
import { READING_MS } from './answer.ts';

const nothing = 'Nothing was done.';

/** Where questions are put: at the host, or on a page, the operator's or the person's own. */
export interface AskedAt {
  page?: Pick<Operator, 'address' | 'isPersons'>;
  /** Absent: RingCentral itself. */
  sandbox?: boolean;
}

/** For whoever runs the server: what asks a person in any case. It keeps the policy and all else that it was given. */
const howToAsk = ({ sandbox }: AskedAt): string =>
  'Whoever runs this server can have it ask on a page of its own, which no host answers: stop it, and start it again with ' +
  `\`--approvals\` added to what it was started with${sandbox ? ' (in a clone: `npm start -- --approvals`)' : ''}; refusals ` +
  'then name the page.';

/**
 * Why there is no yes. Clients are told `invalid` for an empty answer, and `cancelled` where the server or the login ends; the message
 * tells them apart.
 */
export type Cause = NotConfirmedReason | 'empty' | 'ending';

const toldAs = (cause: Cause): NotConfirmedReason =>
  cause === 'empty' ? 'invalid' : cause === 'ending' ? 'cancelled' : cause;

const causes: Readonly<Record<Cause, (tool: string, at: AskedAt) => string>> = {
  declined: () =>
    `The person said no. ${nothing} Tell them that it was not done, and ask what they want instead; do not try it ` +
    'again by yourself.',
  cancelled: () =>
    `The question was dismissed without an answer: closed by the person, or the request was cancelled. ${nothing} Ask ` +
    'them whether they want it, and only then call the tool again.',
  ending: () =>
    `This server, or the login that it uses, is ending, and the question with it: a later answer does nothing. ${nothing} ` +
    'Call the tool again in a moment to have the person asked.',
  unsupported: (tool, at) =>
    `This needs a person's yes, and this host cannot ask for it. ${nothing} Tell the person so. ${howToAsk(at)} Other ` +
    'ways out, also for whoever runs this server: a host that supports elicitation forms; another --policy; or ' +
    `--allow-unconfirmed ${tool}, at their own risk. No argument of a tool is a confirmation.`,
  timed_out: () => `Nobody answered within 45 seconds. ${nothing} Try again when the person is there.`,
  changed: () =>
    `The call kept changing while the person was asked. ${nothing} Look at the call before you go on.`,
  invalid: () =>
    `The answer does not belong to an open question of this act: it was used before, or the act is another one. ` +
    `${nothing} Call the tool again to have the person asked.`,
  empty: (_, at) =>
    `The host accepted without the decision that was asked for: it answered by itself, or does not show forms. ` +
    `${nothing} Tell the person that they may not have been asked. ${howToAsk(at)}`,
};

const unseen = (at: AskedAt): string =>
  ' But the answer came faster than a person reads: the host may have answered by itself, without showing the ' +
  `question. Tell the person that they may not have been asked. ${howToAsk(at)}`;

const onPage = ({ address, isPersons }: NonNullable<AskedAt['page']>): string =>
  isPersons
    ? ` The person is asked on their own page, ${address}, and answers there, not at this host.`
    : ` People are asked on the operator's page, ${address}, and answer there, not at this host.`;

export interface Asked {
  /** How long the answer took, where there was one. */
  answerMs?: number;
  /** Why it was asked where the policy alone would not have. */
  because?: readonly string[];
  at?: AskedAt;
}

/** The `not_confirmed` failure of an act that got no yes, with what the agent should do. */
export const notConfirmed = (cause: Cause, tool: string, asked: Asked = {}): Failure => {
  const { answerMs, because = [], at = {} } = asked;
  const isHurried =
    answerMs !== undefined && answerMs < READING_MS && (cause === 'declined' || cause === 'cancelled');
  // On the page nobody but a person answers, however fast.
  const who = at.page ? onPage(at.page) : isHurried ? unseen(at) : '';
  const why = because.length > 0 ? ` It was asked because: ${because.join('; ')}.` : '';
  return new Failure('not_confirmed', `${causes[cause](tool, at)}${who}${why}`, {
    reason: toldAs(cause),
  });
};

import { type OperationName, operations } from '../../src/ringcentral/wire/operation-table.ts';
import { maskNumber } from '../../src/shared/mask-number.ts';
import type { LoggedRequest } from '../../test/e2e/support/control.ts';
import type { Deed } from '../agents.ts';
import type { Audited } from '../place.ts';

/** What an act is about: its operation, and the call or the number called; the audit log has the number masked. */
type Subject = string;

const matchers = Object.entries(operations)
  .filter(([, { method }]) => method !== 'GET')
  .map(([name, { method, path }]) => ({
    name: name as OperationName,
    method,
    form: new RegExp(`/telephony${path.replaceAll(/\{\w+\}/g, '([^/]+)')}$`),
  }));

/** Acts that the platform carried out, or may have: each with how often. */
export function actsAtPlatform(requests: Iterable<LoggedRequest>): Map<Subject, number> {
  const found = new Map<Subject, number>();
  for (const request of requests) {
    const subject = subjectOf(request);
    // Refused: nothing happened. Null: the connection was dropped, before or after the act.
    if (subject === undefined || (request.status !== null && request.status >= 400)) continue;
    found.set(subject, (found.get(subject) ?? 0) + 1);
  }
  return found;
}

function subjectOf({ method, path, body }: LoggedRequest): Subject | undefined {
  const [plain = ''] = path.split('?');
  for (const { name, method: own, form } of matchers) {
    const match = own === method ? form.exec(plain) : null;
    if (!match) continue;
    const { to } = (body ?? {}) as { to?: { phoneNumber?: string; extensionNumber?: string } };
    return `${name} ${match[1] ?? to?.phoneNumber ?? to?.extensionNumber ?? ''}`;
  }
  return undefined;
}

const subjectOfEntry = ({ tool, args }: Audited): Subject =>
  `${tool} ${args?.telephonySessionId ?? args?.toPhoneNumber ?? args?.toExtensionNumber ?? ''}`;

const counted = (subjects: Iterable<Subject>): Map<Subject, number> => {
  const counts = new Map<Subject, number>();
  for (const subject of subjects) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  return counts;
};

/**
 * Each act has an intent in an audit log, and no act has been carried out more often than was intended; each intent
 * that is said to have been carried out reached the platform.
 */
export function judgeAudit(platform: ReadonlyMap<Subject, number>, audited: readonly Audited[]): string[] {
  const atPlatform = new Map<Subject, number>();
  for (const [subject, times] of platform) {
    const masked = subject.replace(/\+\d+$/, maskNumber);
    atPlatform.set(masked, (atPlatform.get(masked) ?? 0) + times);
  }
  // A plan is intended as a whole, and each of its steps besides; only these are sent.
  const intents = audited.filter(({ event, tool = '' }) => event === 'intent' && tool in operations);
  const intended = counted(intents.map(subjectOfEntry));
  const done = new Set(
    audited
      .filter(({ event, result }) => event === 'outcome' && /observed|accepted/.test(result ?? ''))
      .map(({ act }) => act),
  );
  const succeeded = counted(intents.filter(({ act }) => done.has(act)).map(subjectOfEntry));
  const unintended = [...atPlatform]
    .filter(([subject, times]) => times > (intended.get(subject) ?? 0))
    .map(([subject, times]) => `${subject}: ${times} at the platform, ${intended.get(subject) ?? 0} audited`);
  const unseen = [...succeeded]
    .filter(([subject, times]) => times > (atPlatform.get(subject) ?? 0))
    .map(
      ([subject, times]) =>
        `${subject}: ${times} audited as done, ${atPlatform.get(subject) ?? 0} at the platform`,
    );
  return [...unintended, ...unseen];
}

/** Classes of acts that the policy of a campaign lets nobody do without a yes. */
const asks = /: (destructive|listen|plan)/;
const isYes = ({ answer }: Audited): boolean => answer === 'yes' || answer === 'grant';

/**
 * No act that needs a yes has been carried out more often than a person said yes to it, and no step of a plan that nobody
 * said yes to.
 */
export function judgeYeses(
  atPlatform: ReadonlyMap<Subject, number>,
  deeds: readonly Deed[],
  audited: readonly Audited[],
): string[] {
  const intents = audited.filter(({ event }) => event === 'intent');
  const asked = intents.filter(({ rule }) => asks.test(rule ?? ''));
  const unanswered = asked.filter((one) => !isYes(one));
  const agreed = new Set(intents.filter(isYes).map(({ act }) => act));
  const astray = intents.filter(({ plan }) => plan !== undefined && !agreed.has(plan));
  const given = counted(
    deeds.flatMap(({ tool, telephonySessionId, toPhoneNumber, yeses }) =>
      Array.from({ length: yeses }, () => `${tool} ${telephonySessionId ?? toPhoneNumber}`),
    ),
  );
  const free = counted(intents.filter(({ rule }) => !asks.test(rule ?? '')).map(subjectOfEntry));
  return [
    ...unanswered.map((one) => `${subjectOfEntry(one)} was intended without a yes`),
    ...astray.map((one) => `${subjectOfEntry(one)} is a step of a plan that has no yes`),
    ...[...new Set(asked.map(subjectOfEntry))]
      .map((subject) => ({ subject, times: atPlatform.get(subject) ?? 0 }))
      .filter(({ subject, times }) => times > (given.get(subject) ?? 0) + (free.get(subject) ?? 0))
      .map(({ subject, times }) => `${subject}: ${times} times, ${given.get(subject) ?? 0} yes`),
  ];
}

/** Each idempotency key has a number of its own, which is called once at most. */
export const judgeKeys = (atPlatform: ReadonlyMap<Subject, number>, numbers: Iterable<string>): string[] =>
  [...numbers]
    .map((number) => `create_call_out_call_session ${number}`)
    .map((subject) => ({ subject, times: atPlatform.get(subject) ?? 0 }))
    .filter(({ times }) => times > 1)
    .map(({ subject, times }) => `${subject}: ${times} calls`);

import { outsideCap } from './office.ts';
import type { Person } from './person.ts';
import type { Stage } from './stage.ts';

/** A log line or an audit entry. */
interface Written {
  login?: string;
  principal?: string;
}

/** Judges all that has reached people, the log and the audit log since this was asked last. */
export function judge(stage: Stage): void {
  const { world, people, violations } = stage;
  const { count, marks, office } = world;
  world.refreshMarks();
  for (const person of people) {
    for (const { text, asked, as } of person.heard.splice(0)) {
      count.heard += 1;
      const foreign = marks.foreign(text, as, asked);
      if (foreign.length > 0) violations.push(`${person.key} hears of ${foreign}: ${text}`);
      judgeInfluence(stage, person, text);
    }
    judgeNotices(stage, person);
    for (const text of person.heardAfterEnd.splice(0)) violations.push(`${person.key} still hears: ${text}`);
  }
  const { log, audit } = office.written();
  count['log lines'] += log.length;
  count['audit entries'] += audit.length;
  for (const line of log as Written[]) judgeWritten(stage, line, 'a log line');
  for (const entry of audit as Written[]) {
    if (entry.login === undefined) violations.push(`an audit entry is of nobody: ${JSON.stringify(entry)}`);
    judgeWritten(stage, entry, 'an audit entry');
  }
}

/** Nobody is told of more changes than there were on their own line. */
function judgeNotices({ world, before, violations }: Stage, person: Person): void {
  const began = before.get(person);
  const now = began && world.changes.of(began.line);
  for (const [uri, times] of person.notices) {
    world.count.notices += 1;
    const changes = (now?.get(uri) ?? 0) - (began?.counts.get(uri) ?? 0);
    const { streams } = person.client;
    if (times <= changes * streams) continue;
    violations.push(`${person.key} is told ${times} times of ${uri}, on ${streams} streams: ${changes}`);
  }
}

/** What others have used up, declined or begun holds nobody back. */
function judgeInfluence(stage: Stage, person: Person, text: string): void {
  const { world, people, wereOut, violations } = stage;
  const { login = '' } = person;
  const times = (what: keyof Person['counts']) => stage.sum(person, what);
  const plans = people.filter((one) => one.login === login).reduce((sum, one) => sum + one.counts.plans, 0);
  const causes: readonly (readonly [said: string, isOwn: boolean])[] = [
    ['asked 6 times', times('asked') >= 6],
    ['declined this twice', times('declined') >= 2],
    ['already wait for the person', times('asked') >= 3],
    ['Another plan', plans > 0],
    ['calls were sent outside', (world.outside.get(login) ?? 0) >= outsideCap],
    ['RingCentral refuses the login (', login === 'deeslogin'],
    ['No RingCentral login belongs to', login === '' || wereOut.has(login)],
    ['The sign-in at RingCentral has ended', stage.showedEnded.has(person) || wereOut.has(login)],
    ['permission of this app has been taken back', stage.showedEnded.has(person) || wereOut.has(login)],
    ['"kind":"rate_limited"', Date.now() <= (world.limitedUntil.get(login) ?? 0)],
  ];
  for (const [said, isOwn] of causes) {
    if (!isOwn && text.includes(said)) violations.push(`${person.key} is held back by others: ${text}`);
  }
}

/** It is of whom it says, and tells of nobody else. */
function judgeWritten({ world, violations }: Stage, written: Written, what: string): void {
  const { login, principal } = written;
  const named = principal === undefined ? undefined : world.everybody.get(principal);
  // Without a name, of all who used the login lately.
  const actors = named
    ? [named]
    : world.recent.filter(({ logins }) => login === undefined || logins.has(login));
  const to = new Set([`login:${login}`, ...actors.map(({ key }) => `key:${key}`)]);
  const given = actors.flatMap(({ sent }) => sent);
  // What is nobody's in particular may name people, but not what they have.
  const kind = login === undefined ? 'login:' : '';
  const foreign = world.marks.foreign(JSON.stringify(written), to, given, kind);
  const isTheirs = login === undefined || actors.every(({ logins }) => logins.has(login));
  if (foreign.length > 0) violations.push(`${what} tells of ${foreign}: ${JSON.stringify(written)}`);
  if (!isTheirs) violations.push(`${what} is of another login: ${JSON.stringify(written)}`);
}

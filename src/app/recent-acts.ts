import type { AuditEntry, AuditLog } from '../guard/audit/entry.ts';
import { BoundedMap } from '../shared/bounded.ts';
import type { Clock } from '../shared/clock.ts';
import type { FailureKind } from '../shared/failure.ts';

/** Something that an agent did or was refused, in words with numbers masked. */
export interface RecentAct {
  /** Epoch ms. */
  at: number;
  what: string;
  /** What came of it, a sentence. */
  outcome: string;
}

/** So many are kept of each person. */
const mostActs = 50;
/** Those who did nothing for longest make room. */
const mostPeople = 2_000;

/**
 * What agents did last with the phone of each person, in memory: fed with what their guards decide, whether or not there
 * is an audit log.
 */
export class RecentActs {
  readonly #clock: Clock;
  readonly #titleOf: (tool: string) => string | undefined;
  /** The acts of each person, the newest last. */
  readonly #people = new BoundedMap<string, (RecentAct & { act?: string })[]>(mostPeople);

  /** @param titleOf gives what people call a tool */
  constructor(clock: Clock, titleOf: (tool: string) => string | undefined) {
    this.#clock = clock;
    this.#titleOf = titleOf;
  }

  /** Where the guard of a person writes to. Never throws. */
  logOf(person: string): Pick<AuditLog, 'write'> {
    return { write: (entry) => this.#note(person, entry) };
  }

  /** The newest first. */
  of(person: string): readonly RecentAct[] {
    return (this.#people.get(person) ?? []).map(({ at, what, outcome }) => ({ at, what, outcome })).reverse();
  }

  forget(person: string): void {
    this.#people.delete(person);
  }

  #note(person: string, entry: AuditEntry): void {
    const acts = this.#people.get(person) ?? [];
    if (entry.event === 'outcome') {
      const begun = acts.find(({ act }) => act === entry.act);
      if (begun) begun.outcome = outcomes[entry.result as keyof typeof outcomes] ?? entry.result;
      return;
    }
    const what = `${this.#titleOf(entry.tool) ?? entry.tool}${numbersIn(entry.args)}`;
    const outcome =
      entry.event === 'intent'
        ? 'Under way.'
        : (refusals[entry.reason ?? ''] ?? outcomes[entry.kind as FailureKind] ?? entry.kind);
    const act = entry.event === 'intent' ? { act: entry.act } : {};
    this.#people.set(person, [...acts, { at: this.#clock.now(), what, outcome, ...act }].slice(-mostActs));
  }
}

const outcomes: Readonly<Record<'observed' | 'accepted' | FailureKind, string>> = {
  observed: 'Done.',
  accepted: 'RingCentral took it; what came of it was not seen.',
  not_confirmed: 'Not done: nobody said yes.',
  denied: 'Not done: the rules of this server forbid it.',
  invalid_input: 'Not done: what the agent asked for made no sense.',
  not_found: 'Not done: what it was about was not there.',
  wrong_state: 'Not done: the call was in no state for it.',
  forbidden: 'Not done: RingCentral or this server does not allow it.',
  rate_limited: 'Not done: there were too many requests.',
  unavailable: 'Not done: RingCentral or this server could not do it then.',
  unknown_outcome: 'Nobody knows whether it was done.',
  internal: 'Failed because of a defect.',
};

/** Why there was no yes. */
const refusals: Readonly<Record<string, string>> = {
  declined: 'Not done: you said no.',
  cancelled: 'Not done: the question was dismissed.',
  unsupported: 'Not done: the app could not ask you.',
  timed_out: 'Not done: nobody answered in time.',
  changed: 'Not done: the call kept changing.',
  needs_login: 'Not done: your sign-in had ended.',
};

/** The numbers among the arguments, which the guard has masked. */
function numbersIn(args: Readonly<Record<string, unknown>>): string {
  const numbers = Object.entries(args)
    .filter(([name]) => /number/i.test(name))
    .flatMap(([, value]) => (typeof value === 'string' ? [value] : []));
  return numbers.length > 0 ? ` (${numbers.join(', ')})` : '';
}

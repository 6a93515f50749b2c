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
export const mostActs = 50;
/** Those who did nothing for longest make room. */
const mostPeople = 2_000;

/** Where the acts of people are kept. What changes them never throws. */
export interface ActsOfPeople {
  /** @param id names an act whose outcome is still to come */
  add(person: string, act: RecentAct, id?: string): void;
  setOutcome(person: string, id: string, outcome: string): void;
  /**
   * The oldest first.
   * @throws Failure `unavailable` where they cannot be read now
   */
  of(person: string): Promise<readonly RecentAct[]>;
  forget(person: string): void;
}

/**
 * What agents did last with the phone of each person: fed with what their guards decide, whether or not there is an
 * audit log.
 */
export class RecentActs {
  readonly #clock: Clock;
  readonly #titleOf: (tool: string) => string | undefined;
  readonly #acts: ActsOfPeople;

  /**
   * @param titleOf gives what people call a tool
   * @param acts in memory unless told
   */
  constructor(clock: Clock, titleOf: (tool: string) => string | undefined, acts = createActsOfPeople()) {
    this.#clock = clock;
    this.#titleOf = titleOf;
    this.#acts = acts;
  }

  /** Where the guard of a person writes to. Never throws. */
  logOf(person: string): Pick<AuditLog, 'write'> {
    return { write: (entry) => this.#note(person, entry) };
  }

  /**
   * The newest first.
   * @throws Failure `unavailable` where they cannot be read now
   */
  async of(person: string): Promise<readonly RecentAct[]> {
    return [...(await this.#acts.of(person))].reverse();
  }

  forget(person: string): void {
    this.#acts.forget(person);
  }

  #note(person: string, entry: AuditEntry): void {
    if (entry.event === 'outcome') {
      const outcome = outcomes[entry.result as keyof typeof outcomes] ?? entry.result;
      this.#acts.setOutcome(person, entry.act, outcome);
      return;
    }
    const what = `${this.#titleOf(entry.tool) ?? entry.tool}${numbersIn(entry.args)}`;
    const outcome =
      entry.event === 'intent'
        ? 'Under way.'
        : (refusals[entry.reason ?? ''] ?? outcomes[entry.kind as FailureKind] ?? entry.kind);
    const id = entry.event === 'intent' ? entry.act : undefined;
    this.#acts.add(person, { at: this.#clock.now(), what, outcome }, id);
  }
}

/** In memory. */
export function createActsOfPeople(): ActsOfPeople {
  /** The newest last. */
  const people = new BoundedMap<string, { act: RecentAct; id: string | undefined }[]>(mostPeople);
  return {
    add(person, act, id) {
      people.set(person, [...(people.get(person) ?? []), { act, id }].slice(-mostActs));
    },
    setOutcome(person, id, outcome) {
      const begun = people.get(person)?.find((one) => one.id === id);
      if (begun) begun.act = { ...begun.act, outcome };
    },
    of: async (person) => (people.get(person) ?? []).map(({ act }) => act),
    forget: (person) => void people.delete(person),
  };
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

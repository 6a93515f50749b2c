import { setTimeout } from 'node:timers/promises';
import type { Line } from '../../../src/app/line.ts';
import { uris } from '../../../src/resources/uris.ts';
import { Person } from './person.ts';
import { type Message, type Reply, type Way, WireClient } from './wire-client.ts';
import { type Call, extensionOf, ignoringRefusals, type World } from './world.ts';

/** Two people share a login; one's login is refused, and one has none. */
export const people = [
  { name: 'ann', login: 'annslogin' },
  { name: 'bob', login: 'bobslogin' },
  { name: 'cyd', login: 'cydslogin' },
  { name: 'amy', login: 'annslogin' },
  { name: 'dee', login: 'deeslogin' },
  { name: 'eve', login: undefined },
] as const;
/** Those at the beginning of `people` whose login works. */
export const withLines = 4;

/** The people of one run with their calls, on the one server. */
export class Stage {
  readonly world: World;
  readonly people: readonly Person[];
  /** Who does nothing, and has no news. */
  readonly idle: Person | undefined;
  /** Logins that are taken out. */
  readonly out = new Set<string>();
  /** Those that were taken out in this run. */
  readonly wereOut = new Set<string>();
  /** Who has shown a token of a sign-in or a permission that had ended. */
  readonly showedEnded = new Set<Person>();
  readonly violations: string[] = [];
  /** Counts the runs, for names that no other run has. */
  readonly nth: number;
  /** When somebody's connection began, what their line was and what had changed on it. */
  readonly before = new Map<Person, { line: Line; counts: ReadonlyMap<string, number> }>();
  /** By the login whose call it is. */
  readonly #calls = new Map<string, Call[]>();
  readonly #background = new Set<Promise<unknown>>();

  /** @param idle place in `people` */
  constructor(world: World, ways: readonly Way[], idle: number | undefined) {
    this.world = world;
    world.runs += 1;
    this.nth = world.runs;
    this.people = people.map(({ name, login }, index) => {
      const key = `${name}${this.nth}key`;
      return new Person(key, login, ways[index] ?? '2025', (way, ear) => {
        return new WireClient(way, world.office.url, () => world.office.tokenOf(key), ear);
      });
    });
    this.idle = idle === undefined ? undefined : this.people[idle];
    world.recent = [...this.people, ...world.recent.slice(0, 4 * people.length)];
    for (const person of this.people) {
      world.everybody.set(`key:${person.key}`, person);
      world.marks.add(person.key, `key:${person.key}`);
    }
  }

  /** Everybody who has a line, unless they are idle, talks with a customer. */
  async begin(): Promise<void> {
    const { office } = this.world;
    this.world.renewControl();
    const own = new Set(this.people.slice(0, withLines).map(({ login }) => login ?? ''));
    if (this.idle) own.delete(this.idle.login ?? '');
    const calls = [...own].map((login) => this.ring(login));
    await office.letIn(this.people.map(({ key }) => key));
    await this.useLogins();
    for (const person of this.people.slice(0, withLines)) await this.connect(person);
    for (const call of calls) await this.#answer(call);
    await this.idle?.client.watch([uris.sessions, uris.guard, uris.plans, uris.feed]);
  }

  /** Ends all calls and plans, has everybody leave, and waits until the server knows of it. */
  async end(): Promise<void> {
    const { count } = this.world;
    this.world.dropCalls();
    for (const person of this.people) {
      count.questions += person.counts.asked;
      count.grants += person.counts.granted;
      if (person.counts.plans > 0 && this.lineOf(person)) {
        await this.learnPlans(person);
        for (const planId of person.planIds) await person.call('cancel_plan', { planId });
      }
      count.plans += person.planIds.size;
    }
    for (const person of this.people) person.leave();
    await Promise.all(this.#background);
    await this.#settled();
  }

  /** Has people use the logins that are not out, each the one that they have now. */
  async useLogins(): Promise<void> {
    const users = new Map<string, string[]>();
    for (const { key, login } of this.people) {
      if (login === undefined || this.out.has(login)) continue;
      users.set(login, [...(users.get(login) ?? []), key]);
    }
    await this.world.office.useLogins(users);
  }

  async connect(person: Person): Promise<void> {
    const line = this.lineOf(person);
    if (line) this.before.set(person, { line, counts: new Map(this.world.changes.of(line)) });
    else this.before.delete(person);
    await person.connect();
    if (person.client.sessionId) this.world.marks.add(person.client.sessionId, `key:${person.key}`);
  }

  lineOf({ key, login }: Person): Line | undefined {
    if (login === undefined || this.out.has(login)) return undefined;
    const { app, principalOf } = this.world.office;
    return app.switchboard.lineOf(principalOf(key, login));
  }

  /** Somebody and those whom the server cannot tell from them, because they are or were the same person to it. */
  sharers(person: Person): readonly Person[] {
    const { principalOf } = this.world.office;
    const names = ({ key, logins }: Person) => [...logins].map((login) => principalOf(key, login));
    const own = new Set(names(person));
    return this.people.filter((one) => one === person || names(one).some((name) => own.has(name)));
  }

  /** How often somebody and their sharers did this. */
  sum(person: Person, what: keyof Person['counts']): number {
    return this.sharers(person).reduce((sum, { counts }) => sum + counts[what], 0);
  }

  /** A customer of theirs calls. */
  ring(login: string): Call {
    const call = this.world.ring(extensionOf(login), this.world.customer(login));
    this.addCall(login, call);
    return call;
  }

  addCall(login: string, call: Call): void {
    this.#calls.set(login, [...(this.#calls.get(login) ?? []), call]);
  }

  /** The nth live call of theirs, in one of these states at their leg. */
  pick(login: string | undefined, n: number, ...codes: string[]): Call | undefined {
    const fitting = (this.#calls.get(login ?? '') ?? []).filter((call) => {
      const code = this.#codeOf(call) ?? 'Gone';
      return codes.length === 0 ? !['Disconnected', 'Gone'].includes(code) : codes.includes(code);
    });
    return fitting[n % Math.max(1, fitting.length)];
  }

  /** What people do at their phones; nothing where it makes no sense any more. */
  byHand(call: Call | undefined, act: 'answer' | 'hold' | 'hangup'): void {
    if (call) ignoringRefusals(() => this.world.engine.act(call.id, call.party, act, {}));
  }

  /** Goes on beside the rest; the end waits for it. */
  inBackground(work: Promise<unknown>): void {
    const running = work.catch((error) => this.violations.push(`defect: ${error.stack}`));
    this.#background.add(running);
    void running.then(() => this.#background.delete(running));
  }

  /** A plan's tool answers when the plan is over; its id is shown before. */
  async learnPlans(person: Person): Promise<void> {
    const view = contentOf(await person.client.request('resources/read', { uri: uris.plans }));
    const plans: { planId: string }[] = view?.plans ?? [];
    if (plans.length > this.sum(person, 'plans')) this.violations.push(`${person.key} sees plans of another`);
    for (const { planId } of plans) person.planIds.add(planId);
  }

  #codeOf({ id, party }: Call): string | undefined {
    return this.world.partiesOf(id).find((one) => one.id === party)?.status.code;
  }

  /** Answers a call as soon as it rings. */
  async #answer(call: Call): Promise<void> {
    for (let tries = 0; this.#codeOf(call) !== 'Proceeding'; tries += 1) {
      if (tries > 1_000) throw new Error('a phone does not ring');
      await setTimeout(5);
    }
    this.byHand(call, 'answer');
  }

  /** Until the server knows that all calls are over: they are nobody's news in the next run. */
  async #settled(): Promise<void> {
    const { app } = this.world.office;
    // What a line that has ended left on hold is known to be over only when somebody looks.
    const isQuiet = () =>
      app
        .lines()
        .every(
          ({ calls, plans }) =>
            calls.activeCount === 0 &&
            (!plans.areBusy || plans.held().some(({ leftBy }) => leftBy !== undefined)),
        );
    for (let tries = 0; !isQuiet(); tries += 1) {
      // Sooner than they are read again by themselves; where that is refused, they are.
      if (tries % 50 === 0) {
        await Promise.allSettled(
          app.lines().flatMap(({ calls, sync }) => calls.active().map(({ id }) => sync.refresh(id))),
        );
      }
      if (tries > 2_000) {
        const left = app.lines().map(({ calls, plans }) => [calls.active(), plans.held(), plans.areBusy]);
        throw new Error(`calls or plans do not end: ${JSON.stringify(left)}`);
      }
      await setTimeout(5);
      // What was under way has been placed meanwhile.
      this.world.dropCalls();
    }
  }
}

/** The content of a resource; undefined where it was refused. */
export function contentOf({ message }: Reply): Message | undefined {
  const text = message.result?.contents?.[0]?.text;
  return text === undefined ? undefined : JSON.parse(text);
}

/** What a client is offered for a variable of the resources of calls. */
export function complete(
  person: Person,
  variable: 'telephonySessionId' | 'partyId',
  value: string,
  known?: object,
): Promise<Reply> {
  const call = 'ringcentral://telephony/sessions/{telephonySessionId}';
  const uri = variable === 'partyId' ? `${call}/parties/{partyId}` : call;
  return person.client.request('completion/complete', {
    ...{ ref: { type: 'ref/resource', uri }, argument: { name: variable, value } },
    ...(known && { context: { arguments: known } }),
  });
}

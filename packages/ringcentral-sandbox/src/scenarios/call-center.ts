import { partyId } from '../engine/ids.ts';
import { agentNumber, agentsFor, callCenterWorld } from './call-center-world.ts';
import type { Load, Scenario } from './scenario.ts';
import type { ScenarioContext } from './scenario-context.ts';

/** Keeps `load.calls` calls live and makes `load.rate` telephony events a second. */
export const callCenter: Scenario = {
  load: { calls: 100, rate: 20 },
  createWorld: ({ calls }) => callCenterWorld(agentsFor(calls)),
  start: (context, load) => new CallCenter(context, load).run(),
};

const TICK_MS = 50;
/** How long a phone rings, at least and at most. */
const ANSWER_MS = [500, 3000] as const;
/** Events of a call from dialling to answer, whoever of the two sides is the agent (platform.md 4.6.2, 4.6.3). */
const EVENTS_OF_DIAL = 5;
const EVENTS_OF_HANGUP = 2;
/** Events of a transfer: the agent's leg ends, another rings and is answered. */
const EVENTS_OF_TRANSFER = 4;
/** Shares of what happens to a call; the rest is mute and unmute. */
const HANGUP = 0.2;
const TRANSFER = 0.1;
const HOLD = 0.45;
/** Share of calls that an agent places. */
const OUTGOING = 0.3;

/** An answered call between a customer and an agent. */
interface Talk {
  readonly id: string;
  /** Extension number of the agent, and the number of its leg. */
  agent: string;
  leg: number;
  /** Legs that the call has had. */
  legs: number;
  held: boolean;
  muted: boolean;
}

/**
 * Spends at each tick the events that are due by then. A call that was ended or moved from outside is noticed when an
 * act on it is refused, and replaced.
 */
class CallCenter {
  readonly #context: ScenarioContext;
  readonly #load: Load;
  readonly #idle: string[];
  readonly #talks: Talk[] = [];
  #ringing = 0;
  #customers = 0;
  #due = 0;
  #lastTick: number;

  constructor(context: ScenarioContext, load: Load) {
    this.#context = context;
    this.#load = load;
    this.#idle = Array.from({ length: agentsFor(load.calls) }, (_, n) => agentNumber(n));
    this.#lastTick = context.clock.now();
  }

  run(): void {
    this.#context.later(TICK_MS, () => {
      this.#tick();
      this.run();
    });
  }

  #tick(): void {
    const { rate, calls } = this.#load;
    const now = this.#context.clock.now();
    // At most a second's worth: a machine that cannot keep up gets no burst afterwards.
    this.#due = Math.min(this.#due + (rate * (now - this.#lastTick)) / 1000, rate);
    this.#lastTick = now;
    while (this.#due >= 1) {
      if (this.#ringing + this.#talks.length < calls) this.#dial();
      else if (this.#talks.length > 0)
        this.#changeTalk(this.#context.random.integer(0, this.#talks.length - 1));
      else return;
    }
  }

  #dial(): void {
    this.#due -= EVENTS_OF_DIAL;
    const agent = this.#takeAgent();
    const customer = { phoneNumber: customerNumber(this.#customers++) };
    const outgoing = this.#context.random.next() < OUTGOING;
    const ends = [customer, { extensionNumber: agent }] as const;
    const id = outgoing ? this.#context.dial(ends[1], ends[0]) : this.#context.dial(ends[0], ends[1]);
    if (id === undefined) {
      this.#idle.push(agent);
      return;
    }
    this.#answer({ id, agent, leg: outgoing ? 1 : 2, legs: 2, held: false, muted: false });
  }

  /** Has the newest leg of the call answered after a while. */
  #answer(talk: Talk): void {
    this.#ringing += 1;
    this.#context.between(ANSWER_MS[0], ANSWER_MS[1], () => {
      this.#ringing -= 1;
      if (this.#act(talk, talk.legs, 'answer')) this.#talks.push(talk);
      else this.#forget(talk);
    });
  }

  #changeTalk(index: number): void {
    const talk = this.#talks[index];
    if (talk === undefined) return;
    const chance = this.#context.random.next();
    const done =
      chance < HANGUP
        ? this.#hangUp(talk, index)
        : chance < HANGUP + TRANSFER
          ? this.#transfer(talk, index)
          : this.#toggle(talk, chance < HANGUP + TRANSFER + HOLD ? 'held' : 'muted');
    if (done) return;
    this.#remove(index);
    this.#forget(talk);
  }

  #hangUp(talk: Talk, index: number): boolean {
    this.#due -= EVENTS_OF_HANGUP;
    const first = this.#context.random.next() < 0.5 ? talk.leg : 1;
    if (!this.#act(talk, first, 'hangup')) return false;
    this.#remove(index);
    this.#idle.push(talk.agent);
    return true;
  }

  #transfer(talk: Talk, index: number): boolean {
    this.#due -= EVENTS_OF_TRANSFER;
    const agent = this.#takeAgent();
    if (!this.#act(talk, talk.leg, 'transfer', { extensionNumber: agent })) {
      this.#idle.push(agent);
      return false;
    }
    this.#remove(index);
    this.#idle.push(talk.agent);
    const leg = talk.legs + 1;
    this.#answer({ ...talk, agent, leg, legs: leg, held: false, muted: false });
    return true;
  }

  #toggle(talk: Talk, flag: 'held' | 'muted'): boolean {
    this.#due -= 1;
    const name = flag === 'held' ? (talk.held ? 'unhold' : 'hold') : talk.muted ? 'unmute' : 'mute';
    talk[flag] = !talk[flag];
    return this.#act(talk, talk.leg, name);
  }

  #act(
    { id }: Talk,
    leg: number,
    ...act: [name: Parameters<ScenarioContext['act']>[2], args?: object]
  ): boolean {
    return this.#context.act(id, partyId(id, leg), ...act);
  }

  /** Drops a call that was changed from outside, so that it does not stay beside the one that replaces it. */
  #forget(talk: Talk): void {
    this.#context.drop(talk.id);
    this.#idle.push(talk.agent);
  }

  #remove(index: number): void {
    const last = this.#talks.pop();
    if (last !== undefined && index < this.#talks.length) this.#talks[index] = last;
  }

  /** The agent who became idle last. */
  #takeAgent(): string {
    const agent = this.#idle.pop();
    if (agent === undefined) throw new Error('more calls than agents');
    return agent;
  }
}

function customerNumber(n: number): string {
  return `+1415${5_000_000 + (n % 1_000_000)}`;
}

import { partyId } from '../engine/ids.ts';
import { agentNumber, agentsFor, callCenterWorld } from './call-center-world.ts';
import type { Load, Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

/** As many live calls as told, at as many events a second as told. */
export const callCenter: Scenario = {
  load: { calls: 100, rate: 20 },
  createWorld: ({ calls }) => callCenterWorld(agentsFor(calls)),
  start: (stage, load) => new Floor(stage, load).open(),
};

const TICK_MS = 50;
/** Ringing times. */
const ANSWER_MS = [500, 3000] as const;
/** What a new call tells until it is answered, with and without an agent as the caller (platform.md 4.6.2, 4.6.3). */
const EVENTS_OF_DIAL = 5;
const EVENTS_OF_HANGUP = 2;
/** The agent's leg ends, another rings and is answered. */
const EVENTS_OF_TRANSFER = 4;
/** Shares of what happens to a call; the rest is mute and unmute. A call lasts 12 events of others on the average. */
const HANGUP = 0.2;
const TRANSFER = 0.1;
const HOLD = 0.45;
const OUTGOING = 0.3;

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
 * Each tick spends the events that are due by then. Calls that others ended or took are noticed when their turn
 * comes, and replaced.
 */
class Floor {
  readonly #stage: Stage;
  readonly #load: Load;
  readonly #idle: string[];
  readonly #talks: Talk[] = [];
  #ringing = 0;
  #customers = 0;
  #due = 0;
  #lastTick: number;

  constructor(stage: Stage, load: Load) {
    this.#stage = stage;
    this.#load = load;
    this.#idle = Array.from({ length: agentsFor(load.calls) }, (_, n) => agentNumber(n));
    this.#lastTick = stage.clock.now();
  }

  open(): void {
    this.#stage.later(TICK_MS, () => {
      this.#tick();
      this.open();
    });
  }

  #tick(): void {
    const { rate, calls } = this.#load;
    const now = this.#stage.clock.now();
    // A machine that cannot keep up falls behind; it does not get a burst afterwards.
    this.#due = Math.min(this.#due + (rate * (now - this.#lastTick)) / 1000, rate);
    this.#lastTick = now;
    while (this.#due >= 1) {
      if (this.#ringing + this.#talks.length < calls) this.#dial();
      else if (this.#talks.length > 0)
        this.#somethingHappens(this.#stage.random.integer(0, this.#talks.length - 1));
      else return;
    }
  }

  #dial(): void {
    this.#due -= EVENTS_OF_DIAL;
    const agent = this.#takeAgent();
    const customer = { phoneNumber: customerNumber(this.#customers++) };
    const outgoing = this.#stage.random.next() < OUTGOING;
    const ends = [customer, { extensionNumber: agent }] as const;
    const id = outgoing ? this.#stage.dial(ends[1], ends[0]) : this.#stage.dial(ends[0], ends[1]);
    if (id === undefined) {
      this.#idle.push(agent);
      return;
    }
    this.#answer({ id, agent, leg: outgoing ? 1 : 2, legs: 2, held: false, muted: false });
  }

  /** The newest leg of the call rings; its phone is picked up after a while. */
  #answer(talk: Talk): void {
    this.#ringing += 1;
    this.#stage.between(ANSWER_MS[0], ANSWER_MS[1], () => {
      this.#ringing -= 1;
      if (this.#act(talk, talk.legs, 'answer')) this.#talks.push(talk);
      else this.#forget(talk);
    });
  }

  #somethingHappens(index: number): void {
    const talk = this.#talks[index];
    if (talk === undefined) return;
    const dice = this.#stage.random.next();
    const done =
      dice < HANGUP
        ? this.#hangUp(talk, index)
        : dice < HANGUP + TRANSFER
          ? this.#transfer(talk, index)
          : this.#toggle(talk, dice < HANGUP + TRANSFER + HOLD ? 'held' : 'muted');
    if (done) return;
    this.#remove(index);
    this.#forget(talk);
  }

  #hangUp(talk: Talk, index: number): boolean {
    this.#due -= EVENTS_OF_HANGUP;
    const first = this.#stage.random.next() < 0.5 ? talk.leg : 1;
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

  #act({ id }: Talk, leg: number, ...act: [name: Parameters<Stage['act']>[2], args?: object]): boolean {
    return this.#stage.act(id, partyId(id, leg), ...act);
  }

  /** Somebody else did something to this call: it does not stay beside the new one. */
  #forget(talk: Talk): void {
    this.#stage.drop(talk.id);
    this.#idle.push(talk.agent);
  }

  #remove(index: number): void {
    const last = this.#talks.pop();
    if (last !== undefined && index < this.#talks.length) this.#talks[index] = last;
  }

  /** Whoever has been idle for the shortest time: any is as good, and it costs nothing. */
  #takeAgent(): string {
    const agent = this.#idle.pop();
    if (agent === undefined) throw new Error('more calls than agents');
    return agent;
  }
}

function customerNumber(n: number): string {
  return `+1415${5_000_000 + (n % 1_000_000)}`;
}

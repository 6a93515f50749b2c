import { setTimeout as pause } from 'node:timers/promises';
import { type Agent, enter, type HttpWay, type ToolAnswer } from '../test/e2e/support/agents.ts';
import type { Place } from './place.ts';
import type { CampaignRecord } from './record.ts';

/** Longer than any tool takes: who has no answer by then never gets one. */
export const patienceMs = 40_000;

export interface HostOptions {
  place: Place;
  record: CampaignRecord;
  way: HttpWay;
  /** Tells hosts apart: those of HTTP+SSE are at one replica each, as a balancer sends them by their address. */
  nth: number;
}

/** A host as it is used: where it gets no answers any more, it connects again. */
export class Host {
  readonly #options: HostOptions;
  #agent: Agent;
  #answer: Agent['person']['answer'] = () => ({ action: 'decline' });
  #failures = 0;
  #connections = 1;

  private constructor(options: HostOptions, agent: Agent) {
    this.#options = options;
    this.#agent = agent;
    options.record.tries('hosts', `${nameOf(options.way)}: connects`);
  }

  /** Tries until it is let in: a replica may be on its way out, or away from Redis for a moment. */
  static async open(options: HostOptions): Promise<Host> {
    for (;;) {
      const agent = await connect(options, 0).catch(() => undefined);
      if (agent) return new Host(options, agent);
      options.record.tries('hosts', `${nameOf(options.way)}: is not let in`);
      await pause(500);
    }
  }

  get name(): string {
    return nameOf(this.#options.way);
  }

  /** How its person answers; says no unless told. */
  set answer(answer: Agent['person']['answer']) {
    this.#answer = answer;
    this.#agent.person.answer = answer;
  }

  /** What the server answers; undefined where it does not: it was killed, stands still, or has lost the session. */
  async ask(tool: string, args: object): Promise<ToolAnswer | undefined> {
    try {
      const answer = await this.#agent.call(tool, args, AbortSignal.timeout(patienceMs));
      this.#failures = 0;
      return answer;
    } catch {
      this.#failures += 1;
      if (this.#failures > mostFailures[this.#options.way.way]) await this.#connectAgain();
      return undefined;
    }
  }

  async close(): Promise<void> {
    await this.#agent.close().catch(() => {});
  }

  async #connectAgain(): Promise<void> {
    const { record } = this.#options;
    const next = await connect(this.#options, this.#connections).catch(() => undefined);
    this.#connections += 1;
    if (!next) return pause(200);
    await this.close();
    record.tries('hosts', `${this.name}: connects again`);
    this.#agent = next;
    this.#agent.person.answer = this.#answer;
    this.#failures = 0;
  }
}

/** So many requests in a row go unanswered before a host connects again. A stream of HTTP+SSE that is over is over. */
const mostFailures: Record<HttpWay['way'], number> = { http: 2, sse: 0 };

const nameOf = ({ way, kind }: HttpWay): string => (way === 'sse' ? `${kind}, HTTP+SSE` : kind);

async function connect({ place, way, nth }: HostOptions, connections: number): Promise<Agent> {
  if (way.way === 'http') return enter(way, `${place.balancer.url}/mcp`, {});
  const running = place.seats.filter(({ isRunning }) => isRunning);
  const seat = running[(nth + connections) % running.length];
  if (!seat) throw new Error('no replica runs');
  return enter(way, seat.replica.url, {});
}

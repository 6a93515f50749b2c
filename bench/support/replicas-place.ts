import { randomBytes } from 'node:crypto';
import { Control } from '../../test/e2e/support/control.ts';
import type { Leg } from '../../test/e2e/support/operations.ts';
import { environmentOf } from '../../test/e2e/support/process.ts';
import { type RedisServer, startRedis } from '../../test/support/redis.ts';
import { type Started, stop } from './command.ts';
import { layCalls, type Seat, seatsOf } from './lay-calls.ts';
import { addressOf, startSandbox } from './lines-place.ts';
import { ProbedServer } from './probed-server.ts';
import { whole } from './whole-picture.ts';

const extensionNumber = '101';

/** RingCentral with calls, as the sandbox has it. */
export class SharedSandbox {
  readonly control: Control;
  readonly address: ReturnType<typeof addressOf>;
  readonly #started: Started;

  private constructor(sandbox: Started) {
    this.#started = sandbox;
    this.address = addressOf(sandbox);
    this.control = new Control(this.address.controlUrl);
  }

  /** @param args of `sandbox`, beside no limits */
  static async start(...args: string[]): Promise<SharedSandbox> {
    return new SharedSandbox(await startSandbox(...args));
  }

  async close(): Promise<void> {
    await stop(this.#started);
  }
}

export interface ReplicasOptions {
  /** 0: a single process, without Redis. */
  count: number;
  /** Of `serve`. */
  serve?: readonly string[];
  /** The `dist/cli.js` that is measured. */
  build?: string;
}

/** A server on a platform: several replicas on a Redis of their own, or a single process without. */
export class ReplicasPlace {
  readonly platform: SharedSandbox;
  /** Those that run. */
  readonly servers: ProbedServer[] = [];
  readonly redis: RedisServer | undefined;
  readonly #options: ReplicasOptions;
  readonly #teamKey = randomBytes(32).toString('base64url');

  private constructor(platform: SharedSandbox, redis: RedisServer | undefined, options: ReplicasOptions) {
    this.platform = platform;
    this.redis = redis;
    this.#options = options;
  }

  /** Starts it; its feed is live at each replica. */
  static async open(platform: SharedSandbox, options: ReplicasOptions): Promise<ReplicasPlace> {
    const redis = options.count > 0 ? await startRedis() : undefined;
    const place = new ReplicasPlace(platform, redis, options);
    // Redis, unlike the servers, does not notice that the bench is gone.
    process.once('exit', place.#killRedis);
    try {
      for (let nth = 0; nth < Math.max(1, options.count); nth += 1) await place.settled(await place.join());
    } catch (error) {
      await place.close();
      throw error;
    }
    return place;
  }

  /** For messages. */
  get name(): string {
    const { count, build } = this.#options;
    return count === 0 ? `the single process${build ? ' of the other build' : ''}` : `${count} replicas`;
  }

  /** The replica in the newest term; the single process. */
  get leader(): ProbedServer {
    const [leader] = this.servers.toSorted((one, other) => other.term - one.term);
    if (!leader) throw new Error('no server runs');
    return leader;
  }

  /** @throws Error where there is none */
  get follower(): ProbedServer {
    const follower = this.servers.find((one) => one !== this.leader);
    if (!follower) throw new Error('only one replica runs');
    return follower;
  }

  /** One more, which has not been asked for anything. */
  async join(): Promise<ProbedServer> {
    const { serve = [], build } = this.#options;
    const shared = this.redis ? ['--redis', this.redis.url] : [];
    const env = {
      ...environmentOf(this.platform.address),
      ...(this.redis && { RC_MCP_TEAM_KEY: this.#teamKey }),
    };
    const server = await ProbedServer.start(env, [...shared, ...serve], build);
    this.servers.push(server);
    return server;
  }

  /** Opens the line there, and waits until it shows the calls and says that they are not stale. */
  async settled(server: ProbedServer): Promise<void> {
    await whole(server);
    await server.metric('rc_mcp_feed_state{state="live"}', 1);
  }

  /** Forgets a server that has ended. */
  forget(server: ProbedServer): void {
    this.servers.splice(this.servers.indexOf(server), 1);
  }

  async close(): Promise<void> {
    try {
      for (const server of this.servers.toReversed()) {
        // A frozen one would not end.
        server.thaw();
        await server.stop();
      }
    } finally {
      process.off('exit', this.#killRedis);
      await this.redis?.stop();
    }
  }

  #killRedis = (): void => void this.redis?.kill();
}

/** So many calls at the phone of the one login, shown by all servers. */
export async function layOwnCalls(
  { control }: SharedSandbox,
  places: readonly ReplicasPlace[],
  count: number,
): Promise<{ seats: Seat[]; legs: Leg[] }> {
  const seats = await seatsOf(control, extensionNumber, count);
  const legs = await layCalls(control, seats);
  for (const { servers } of places)
    for (const server of servers) await server.metric('rc_mcp_live_calls', count);
  return { seats, legs };
}

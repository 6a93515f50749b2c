import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type RoundRobin, startRoundRobin } from '../test/cluster/support/round-robin.ts';
import type { Control, Truth } from '../test/e2e/support/control.ts';
import { outcome, quietEnvironment } from '../test/e2e/support/process.ts';
import { type Replica, type Replicas, startReplicas } from '../test/e2e/support/replicas.ts';
import type { RedisServer } from '../test/support/redis.ts';
import { startWatchedRedis, type WatchedRedis } from '../test/support/sentinel.ts';
import { openTcpLink, type TcpLink } from '../test/support/tcp-link.ts';
import { ChaosPlatform } from './platform.ts';

export interface PlaceOptions {
  /** 1: one process, without Redis. */
  replicas: number;
  /** The Redis has a replica, and a Sentinel that fails over. */
  sentinel: boolean;
  seed: number;
  /** Flags of the sandbox. */
  sandbox: readonly string[];
  /** People sign in, each with a login of their own; otherwise all agents work for 101. */
  signIn: boolean;
}

interface Switches {
  clockMs: number;
  cutPort: number;
  isDiskFull: boolean;
}

const auditKey = 'an audit key of more than sixteen letters';
const preload = pathToFileURL('chaos/support/switches.js').href;

/** One replica under its name, through all its processes. */
export class Seat {
  readonly name: string;
  /** The way to Redis; undefined where there is one process, or Sentinels tell the way. */
  readonly redis: TcpLink | undefined;
  /** Its processes so far, the last one running unless it was killed. */
  readonly processes: Replica[] = [];
  /** Of its processes: they were killed by the campaign. */
  readonly killed = new Set<Replica>();
  readonly #start: (seat: Seat) => Promise<Replica>;
  readonly #switchFile: string;
  readonly #balancer: RoundRobin;
  #switches: Switches = { clockMs: 0, cutPort: 0, isDiskFull: false };

  constructor(
    name: string,
    folder: string,
    redis: TcpLink | undefined,
    balancer: RoundRobin,
    start: (seat: Seat) => Promise<Replica>,
  ) {
    this.name = name;
    this.redis = redis;
    this.#start = start;
    this.#balancer = balancer;
    this.#switchFile = join(folder, `switches-${name}.json`);
    this.switch({});
  }

  /** The process that runs now. */
  get replica(): Replica {
    const last = this.processes.at(-1);
    if (!last) throw new Error(`${this.name} was not started`);
    return last;
  }

  get isRunning(): boolean {
    const last = this.processes.at(-1);
    return last !== undefined && last.server.child.exitCode === null && last.server.child.signalCode === null;
  }

  get env(): Record<string, string> {
    return {
      RC_MCP_REPLICA: this.name,
      CHAOS_SWITCHES: this.#switchFile,
      NODE_OPTIONS: `--trace-warnings --import=${preload}`,
    };
  }

  switch(change: Partial<Switches>): void {
    this.#switches = { ...this.#switches, ...change };
    writeFileSync(this.#switchFile, JSON.stringify(this.#switches));
  }

  async start(): Promise<void> {
    const replica = await this.#start(this);
    this.processes.push(replica);
    this.#balancer.targets.push(new URL(replica.url).origin);
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const { replica } = this;
    this.killed.add(replica);
    this.#leave(replica);
    await replica.kill();
  }

  /** SIGTERM. Answers the exit code. */
  async stop(): Promise<number | null> {
    const { replica } = this;
    this.#leave(replica);
    return replica.server.stop();
  }

  #leave({ url }: Replica): void {
    const at = this.#balancer.targets.indexOf(new URL(url).origin);
    if (at >= 0) this.#balancer.targets.splice(at, 1);
  }
}

/** An entry of the audit logs. */
export interface Audited {
  event: string;
  act?: string;
  tool?: string;
  args?: {
    telephonySessionId?: string;
    idempotencyKey?: string;
    toPhoneNumber?: string;
    toExtensionNumber?: string;
  };
  plan?: string;
  rule?: string;
  answer?: string;
  result?: string;
  replica?: string;
}

/** A sandbox, replicas of a server behind a balancer, and what they share. */
export class Place {
  readonly platform: ChaosPlatform;
  readonly control: Control;
  readonly seats: Seat[] = [];
  readonly balancer: RoundRobin;
  readonly redis: RedisServer | undefined;
  readonly watched: WatchedRedis | undefined;
  readonly #replicas: Replicas;
  readonly #folder: string;

  private constructor(
    platform: ChaosPlatform,
    replicas: Replicas,
    balancer: RoundRobin,
    folder: string,
    { redis, watched }: { redis?: RedisServer | undefined; watched?: WatchedRedis | undefined },
  ) {
    this.#replicas = replicas;
    this.platform = platform;
    this.control = platform.control;
    this.balancer = balancer;
    this.redis = redis;
    this.watched = watched;
    this.#folder = folder;
  }

  static async open({ replicas: count, sentinel, seed, sandbox, signIn }: PlaceOptions): Promise<Place> {
    const folder = mkdtempSync(join(tmpdir(), 'chaos-'));
    const platform = await ChaosPlatform.start({
      ...{ seed, flags: sandbox, credentialsFile: join(folder, 'credentials.json') },
    });
    const watched = sentinel ? await startWatchedRedis() : undefined;
    const balancer = await startRoundRobin({ sticks: count === 1 });
    const replicas = await startReplicas({
      ...{ count: 0, platform: platform.address, alone: count === 1 },
      ...(watched && { redis: watched.primary }),
      serve: [
        ...(signIn ? ['--sign-in', '--public-url', balancer.url] : ['--scope', 'account']),
        '--audit-log',
        join(folder, 'audit-{replica}.log'),
      ],
      env: {
        ...{ RC_MCP_AUDIT_KEY: auditKey, RC_MCP_POLICY: 'chaos/support/policy.yaml' },
        ...(signIn && { RC_USER_JWT: '', RC_MCP_PHONE: '' }),
      },
    });
    const { account } = await platform.control.state();
    const env: Record<string, string> = signIn ? { RC_MCP_ACCOUNTS: account.id } : {};
    const shared = count === 1 ? {} : { redis: replicas.redis, watched };
    const place = new Place(platform, replicas, balancer, folder, shared);
    for (let nth = 0; nth < count; nth += 1) {
      const link = count === 1 || watched ? undefined : await openTcpLink(replicas.redis.port);
      const redisUrl = link ? `redis://127.0.0.1:${link.port}` : watched?.url;
      const start = (seat: Seat) =>
        replicas.start({ env: { ...seat.env, ...env }, ...(redisUrl && { redisUrl }) });
      const seat = new Seat(String.fromCharCode(97 + nth), folder, link, balancer, start);
      place.seats.push(seat);
      await seat.start();
    }
    return place;
  }

  /** The sandbox's state; where it was killed or stands still, as soon as it is back. */
  async truth(): Promise<Truth> {
    for (;;) {
      const state = await this.control.state().catch(() => undefined);
      if (state) return state;
      await pause(200);
    }
  }

  /** Everything that a log must not tell. */
  get secrets(): string[] {
    const { jwt, clientSecret } = this.platform.address;
    return [jwt, clientSecret, auditKey];
  }

  #auditFiles(): string[] {
    return readdirSync(this.#folder)
      .filter((name) => /^audit-\w+\.log(\.\d+)?$/.test(name))
      .map((name) => join(this.#folder, name));
  }

  audited(): Audited[] {
    return this.#auditFiles().flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line.endsWith('}'))
        .map((line) => JSON.parse(line) as Audited),
    );
  }

  /** What all processes of all replicas have logged, a line each, after the name of the replica. */
  logs(): string {
    return this.seats
      .flatMap(({ name, processes }) =>
        processes.flatMap(({ server }) =>
          server
            .stderr()
            .split('\n')
            .map((line) => `${name} ${line}`),
        ),
      )
      .join('\n');
  }

  /** What `audit verify` says of all logs together; `anchored`: and of what Redis knows of them. */
  verifyAudit({ anchored }: { anchored: boolean }) {
    const redis = this.redis && anchored ? ['--redis', this.watched?.url ?? this.redis.url] : [];
    const env = { ...quietEnvironment(), RC_MCP_AUDIT_KEY: auditKey };
    return outcome(['audit', 'verify', ...this.#auditFiles(), ...redis], env);
  }

  async close(): Promise<void> {
    await this.balancer.close();
    await this.#replicas.close();
    await this.platform.stop();
    await this.watched?.stop();
    for (const { redis } of this.seats) redis?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

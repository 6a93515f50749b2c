import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { hasRedis, type RedisServer, startRedis } from '../../support/redis.ts';
import { type Agent, type ClientKind, connect } from './agents.ts';
import { Control } from './control.ts';
import {
  listeningEnvironmentOf,
  type Running,
  run,
  type SandboxAddress,
  startSandboxProcess,
} from './process.ts';

export interface Replica {
  server: Running;
  url: string;
  agent(kind?: ClientKind): Promise<Agent>;
  freeze(): void;
  thaw(): void;
  /** kill -9. */
  kill(): Promise<void>;
}

/** Replicas of one server on a Redis of their own, and the sandbox that all of them are logged in to. */
export interface Replicas {
  redis: RedisServer;
  address: SandboxAddress;
  control: Control;
  replicas: Replica[];
  /** One more, which joins those that are there. */
  start(options?: StartOptions): Promise<Replica>;
  /** The replica that leads. */
  leader(): Promise<Replica>;
  /** Ends all at once, replicas by kill -9: what their end does in order takes them seconds. */
  close(): Promise<void>;
}

export interface StartOptions {
  env?: Record<string, string>;
  /** Where it reaches Redis, through a link that can break. */
  redisUrl?: string;
  /** Where it listens; absent: on any port. */
  http?: string;
}

export interface ReplicasOptions {
  count: number;
  /** Where they reach Redis; absent: their own. */
  redisUrl?: string;
  sandbox?: string[];
  serve?: string[];
  env?: Record<string, string>;
  /** In the place of a Redis of their own. */
  redis?: RedisServer;
  /** In the place of a sandbox of their own; the caller ends it. */
  platform?: SandboxAddress;
  /** One process, which knows of no Redis. */
  alone?: boolean;
}

export async function startReplicas({
  count,
  redisUrl: sharedUrl,
  sandbox = [],
  serve = [],
  env = {},
  redis: ownRedis,
  platform: given,
  alone = false,
}: ReplicasOptions): Promise<Replicas> {
  if (!hasRedis) throw new Error('redis-server is not installed');
  const [redis, ownPlatform] = await Promise.all([
    ownRedis ?? startRedis(),
    given ? undefined : startSandboxProcess(...sandbox),
  ]);
  const address = given ?? ownPlatform?.address;
  if (!address) throw new Error('no sandbox');
  const control = new Control(address.controlUrl);
  const teamKey = randomBytes(32).toString('base64url');
  const replicas: Replica[] = [];
  const agents: Agent[] = [];
  let launched = 0;
  const launch = async ({
    env: own = {},
    redisUrl = sharedUrl ?? redis.url,
    http = '127.0.0.1:0',
  }: StartOptions = {}): Promise<Replica> => {
    launched += 1;
    const server = run(['serve', '--http', http, ...(alone ? [] : ['--redis', redisUrl]), ...serve], {
      ...listeningEnvironmentOf(address),
      ...(!alone && { RC_MCP_TEAM_KEY: teamKey }),
      RC_MCP_REPLICA: `replica-${launched}`,
      ...env,
      ...own,
    });
    const url = String((await server.logged('listening')).url);
    return {
      server,
      url,
      async agent(kind = 'v2 client, 2026-07-28') {
        const agent = await connect(kind, { http: url });
        agents.push(agent);
        return agent;
      },
      freeze: () => void server.child.kill('SIGSTOP'),
      thaw: () => void server.child.kill('SIGCONT'),
      async kill() {
        const { child } = server;
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      },
    };
  };
  replicas.push(...(await Promise.all(Array.from({ length: count }, () => launch()))));
  return {
    ...{ redis, address, control, replicas },
    async start(options) {
      const replica = await launch(options);
      replicas.push(replica);
      return replica;
    },
    async leader() {
      const told = replicas.map(({ server }) =>
        server.logs.filter(({ msg }) => msg === 'this replica leads').at(-1),
      );
      const terms = told.map((line) => Number(line?.term ?? 0));
      const found = replicas[terms.indexOf(Math.max(...terms))];
      if (!found || Math.max(...terms) === 0) throw new Error('no replica leads');
      return found;
    },
    async close() {
      await Promise.all(agents.map((agent) => agent.close().catch(() => {})));
      await Promise.all(replicas.map((replica) => replica.kill()));
      await ownPlatform?.stop();
      redis.thaw();
      await redis.stop();
    },
  };
}

import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { startSandbox } from 'ringcentral-sandbox';
import { openTeamLines } from '../../../src/app/team-lines.ts';
import { type Cluster, openCluster } from '../../../src/cluster/cluster.ts';
import { listenSources } from '../../../src/commands/listen-source.ts';
import { endWithSignIn, signInOptions } from '../../../src/commands/signed-in.ts';
import { readRedis } from '../../../src/config/redis.ts';
import { loadPolicy } from '../../../src/guard/policy/load.ts';
import { createServer } from '../../../src/server.ts';
import type { Team } from '../../../src/team/team.ts';
import { parseTeamKey, teamKeys } from '../../../src/team/team-keys.ts';
import { tools } from '../../../src/tools/index.ts';
import { readinessOfSeveral } from '../../../src/transports/http/health.ts';
import { startHttp } from '../../../src/transports/http/start-http.ts';
import { Control } from '../../e2e/support/control.ts';
import { startRoundRobin } from './round-robin.ts';

interface Replica {
  /** Of the replica itself, without a slash at its end. */
  url: string;
  team: Team;
  redis: Cluster['redis'];
  close(): Promise<void>;
}

export type TeamReplicas = Awaited<ReturnType<typeof startTeamReplicas>>;

/** Replicas of a server on which people sign in, on one Redis, behind a balancer that hands requests out by turns. */
export async function startTeamReplicas(redisUrl: string, count = 2) {
  const sandbox = await startSandbox({ rateLimits: 'off', ringSeconds: 300 });
  const control = new Control(sandbox.controlUrl);
  const { account } = await control.state();
  const balancer = await startRoundRobin();
  const publicUrl = balancer.url;
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const teamKey = { value: randomBytes(32).toString('base64url'), name: 'RC_MCP_TEAM_KEY' };
  const policy = await loadPolicy('standard', [], async () => tools);
  const address = readRedis(redisUrl, {});
  if (!address) throw new Error('no address');

  const open = async (): Promise<Replica> => {
    const cluster = await openCluster({ address, keys: teamKeys(parseTeamKey(teamKey)), log });
    const { serverUrl, clientId, clientSecret } = sandbox;
    const opened = await openTeamLines(
      {
        signIn: { app: { serverUrl, clientId, clientSecret }, accounts: [account.id], teamKey },
        shown: { titleOf: () => undefined },
        publicUrl,
      },
      {
        ...{ policy, readOnly: false, sandbox: false, scope: 'extension', clock: cluster.clock, log },
        ...{ allowUnconfirmed: [], appVersion: 'test', cluster },
      },
    );
    const { switchboard, team } = opened;
    const app = {
      ...{ switchboard, clock: cluster.clock, log, readOnly: false, version: 'test' },
      environment: 'ringcentral' as const,
    };
    const server = await startHttp({
      config: { host: '127.0.0.1', port: 0, publicUrl },
      createServer: (connection) => createServer(app, connection),
      listenSourceOf: listenSources(switchboard),
      log,
      readiness: () => readinessOfSeveral(opened.lines().map(({ state }) => state)),
      ...signInOptions(team),
    });
    endWithSignIn(team, server);
    const url = new URL(server.url).origin;
    balancer.targets.push(url);
    return {
      ...{ url, team, redis: cluster.redis },
      async close() {
        opened.stopAsking();
        await server.close();
        await opened.stopActing();
        await opened.logOut();
        await cluster.close();
      },
    };
  };
  const replicas: Replica[] = [];
  while (replicas.length < count) replicas.push(await open());
  return {
    ...{ url: publicUrl, control, account, replicas },
    logged: () => lines.join(''),
    async close() {
      await Promise.all(replicas.map((replica) => replica.close()));
      await balancer.close();
      await sandbox.close();
    },
  };
}

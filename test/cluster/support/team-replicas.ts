import { randomBytes } from 'node:crypto';
import pino from 'pino';
import { startSandbox } from 'ringcentral-sandbox';
import { openTeamLines } from '../../../src/app/team-lines.ts';
import type { OpenRedis } from '../../../src/cluster/redis/redis.ts';
import { listenSources } from '../../../src/commands/listen-source.ts';
import { endWithSignIn, signInOptions } from '../../../src/commands/signed-in.ts';
import { loadPolicy } from '../../../src/guard/policy/load.ts';
import { createServer } from '../../../src/server.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import type { Team } from '../../../src/team/team.ts';
import { tools } from '../../../src/tools/index.ts';
import { readinessOfSeveral } from '../../../src/transports/http/health.ts';
import { startHttp } from '../../../src/transports/http/start-http.ts';
import { Control } from '../../e2e/support/control.ts';
import { openTestRedis } from '../../support/redis.ts';
import { startRoundRobin } from './round-robin.ts';

interface Replica {
  /** Of the replica itself, without a slash at its end. */
  url: string;
  team: Team;
  redis: OpenRedis;
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
  const policy = await loadPolicy('standard', [], tools);
  const prefix = `test-${randomBytes(6).toString('hex')}`;

  const open = async (): Promise<Replica> => {
    const redis = await openTestRedis(redisUrl, prefix);
    const { serverUrl, clientId, clientSecret } = sandbox;
    const opened = await openTeamLines(
      {
        signIn: { app: { serverUrl, clientId, clientSecret }, accounts: [account.id], teamKey },
        shown: { titleOf: () => undefined },
        ...{ publicUrl, redis },
      },
      {
        ...{ policy, readOnly: false, sandbox: false, scope: 'extension', clock: systemClock, log },
        ...{ allowUnconfirmed: [], appVersion: 'test' },
      },
    );
    const { switchboard, team } = opened;
    const app = {
      ...{ switchboard, clock: systemClock, log, readOnly: false, version: 'test' },
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
      ...{ url, team, redis },
      async close() {
        opened.stopAsking();
        await server.close();
        await opened.stopActing();
        await opened.logOut();
        await redis.close();
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

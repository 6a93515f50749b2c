import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createKey } from '../../../src/transports/identity/keys.ts';
import { type Agent, type ClientKind, connect } from './agents.ts';
import { Control } from './control.ts';
import { quietEnvironment, type Running, run, startSandboxProcess } from './process.ts';

/** A person of the team: the name of their key and of their login, and their extension. */
export interface Member {
  name: string;
  extensionNumber: string;
}

export interface TeamOptions {
  members: readonly Member[];
  /** Flags of the sandbox and of `serve`. */
  sandbox?: string[];
  serve?: string[];
  env?: Record<string, string>;
}

/** A server over HTTP on which each person has a key and a RingCentral login of their own. */
export interface Team {
  url: string;
  control: Control;
  server: Running;
  /** Header that lets this person in. */
  bearer(name: string): { authorization: string };
  /** @param at the address of another replica */
  agent(name: string, kind: ClientKind, at?: string): Promise<Agent>;
  /** Another server with the same files, on the Redis that `serve` names. Answers its address. */
  startReplica(): Promise<string>;
  /** Has the server use the logins of these people, and waits until it says so. */
  reload(names: readonly string[], answer?: string): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

export async function startTeam({ members, sandbox = [], serve = [], env = {} }: TeamOptions): Promise<Team> {
  const platform = await startSandboxProcess(...sandbox);
  const control = new Control(platform.address.controlUrl);
  const folder = mkdtempSync(join(tmpdir(), 'team-'));
  const loginsFile = join(folder, 'logins.json');
  const keysFile = join(folder, 'keys.json');
  const scopes = ['calls:read', 'calls:control', 'calls:destructive'];
  const keys = new Map(members.map(({ name }) => [name, createKey(name, scopes)]));
  writeFileSync(keysFile, JSON.stringify([...keys.values()].map(({ entry }) => entry)));
  const logins = new Map<string, object>();
  for (const { name, extensionNumber } of members) {
    const { clientId, clientSecret, jwt } = await control.login(extensionNumber);
    logins.set(name, { name, clientId, clientSecret, jwt, principals: [`key:${name}`] });
  }
  const write = (names: readonly string[]) =>
    writeFileSync(loginsFile, JSON.stringify(names.map((name) => logins.get(name))), { mode: 0o600 });
  write(members.map(({ name }) => name));
  const start = async () => {
    const started = run(
      ['serve', '--http', '127.0.0.1:0', ...serve],
      {
        ...quietEnvironment(),
        RC_SERVER_URL: platform.address.serverUrl,
        RC_MCP_KEYS_FILE: keysFile,
        RC_MCP_LOGINS_FILE: loginsFile,
        ...env,
      },
      { detached: true },
    );
    return { started, at: String((await started.logged('listening')).url) };
  };
  const { started: server, at: url } = await start();
  const replicas: Running[] = [];
  const bearer = (name: string) => ({ authorization: `Bearer ${keys.get(name)?.key}` });
  const agents: Agent[] = [];
  return {
    url,
    control,
    server,
    bearer,
    async agent(name, kind, at = url) {
      const agent = await connect(kind, { http: at, headers: bearer(name) });
      agents.push(agent);
      return agent;
    },
    async startReplica() {
      const { started, at } = await start();
      replicas.push(started);
      return at;
    },
    async reload(names, answer = 'logins read anew') {
      const lines = () => server.logs.filter(({ msg }) => msg === answer);
      const before = lines().length;
      write(names);
      server.child.kill('SIGHUP');
      await expect.poll(() => lines().length, { timeout: 10_000 }).toBe(before + 1);
      return lines().at(-1) ?? {};
    },
    async close() {
      await Promise.all(agents.map((agent) => agent.close().catch(() => {})));
      const codes = await Promise.all([server, ...replicas].map((one) => one.stop()));
      expect(codes.filter((code) => code !== 0)).toEqual([]);
      await platform.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

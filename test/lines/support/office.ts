import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Engine, startSandboxWithEngine } from 'ringcentral-sandbox/testing';
import { createApp, type RunningApp } from '../../../src/app.ts';
import { listenSources } from '../../../src/commands/listen-source.ts';
import { parseLogins } from '../../../src/config/logins.ts';
import { createServer } from '../../../src/server.ts';
import { readinessOfSeveral } from '../../../src/transports/http/health.ts';
import { type HttpServer, startHttp } from '../../../src/transports/http/start-http.ts';
import { createKey } from '../../../src/transports/identity/keys.ts';
import { callScopes } from '../../../src/transports/identity/principal.ts';
import { Control } from '../../e2e/support/control.ts';

/** Calls of one login to the outside that the policy lets through within ten minutes. */
export const outsideCap = 8;

/** Of reversible acts is asked, too, because a person can grant them for a while. */
const policy = `extends: standard
classes: { reversible: ask }
caps: { ringing: 1000, outside: ${outsideCap}, calls: 1000 }
`;

/** A RingCentral login that the server may use: its name, and the extension behind it. */
export interface OfficeLogin {
  name: string;
  extensionNumber: string;
  /** RingCentral refuses it. */
  isRefused?: boolean;
}

/** One server over HTTP for several logins, and the sandbox behind it, both in this process and in real time. */
export interface Office {
  url: string;
  engine: Engine;
  control: Control;
  app: RunningApp;
  /** Lets in the holders of keys of these names, and nobody else; gives the keys by name. */
  letIn(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** As SIGHUP does: uses the logins of this list, by name, with the names of the keys that use each. */
  useLogins(users: ReadonlyMap<string, readonly string[]>): Promise<void>;
  /** What was logged, and written to the audit log, since this was asked last. */
  written(): { log: Record<string, unknown>[]; audit: Record<string, unknown>[] };
  close(): Promise<void>;
}

export async function startOffice(logins: readonly OfficeLogin[]): Promise<Office> {
  // Without limits: a run has to be short, and what they do to others is shown by refusals of one person's requests.
  const { sandbox, engine } = await startSandboxWithEngine({ rateLimits: 'off', ringSeconds: 300 });
  const control = new Control(sandbox.controlUrl);
  const folder = mkdtempSync(join(tmpdir(), 'lines-'));
  const auditFile = join(folder, 'audit.jsonl');
  const policyFile = join(folder, 'policy.yaml');
  writeFileSync(policyFile, policy);
  const known = new Set(engine.state().extensions.map(({ extensionNumber }) => extensionNumber));
  const credentials = new Map<string, object>();
  for (const { name, extensionNumber, isRefused = false } of logins) {
    if (!known.has(extensionNumber))
      await control.addUser(extensionNumber, 'Robin', `Number${extensionNumber}`);
    const { clientId, clientSecret, jwt } = await control.login(extensionNumber);
    credentials.set(name, { name, clientId, clientSecret, jwt: isRefused ? `${jwt}x` : jwt });
  }
  const fileOf = (users: ReadonlyMap<string, readonly string[]>) => ({
    text: JSON.stringify(
      [...users].map(([name, keys]) => ({
        ...credentials.get(name),
        principals: keys.map((key) => `key:${key}`),
      })),
    ),
    where: 'logins',
    serverUrl: sandbox.serverUrl,
  });
  let lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'debug', base: null },
    { write: (text: string) => void lines.push(JSON.parse(text)) },
  );
  const nobody = keysOf(['nobody']);
  const http = { host: '127.0.0.1', port: 0, keys: { text: nobody.text, where: 'keys' } };
  const { text } = fileOf(new Map(logins.map(({ name }) => [name, [`nobody-${name}`]])));
  const loginsFile = join(folder, 'logins.json');
  writeFileSync(loginsFile, text, { mode: 0o600 });
  // Where several servers start at once each may read that of another: no login is used before `useLogins`.
  Object.assign(process.env, { RC_MCP_LOGINS_FILE: loginsFile, RC_SERVER_URL: sandbox.serverUrl });
  const app = await createApp(
    {
      logins: 'file',
      sandbox: false,
      http,
      scope: 'extension',
      readOnly: false,
      policy: policyFile,
      allowUnconfirmed: [],
      audit: { file: auditFile, key: 'the key of the audit log of this test' },
      logLevel: 'debug',
      fullNumbers: true,
    },
    log,
  );
  const server: HttpServer = await startHttp({
    config: http,
    createServer: (connection) => createServer(app, connection),
    listenSourceOf: listenSources(app.switchboard),
    log,
    readiness: () => readinessOfSeveral(app.lines().map(({ state }) => state)),
    ...(app.metrics && { metrics: app.metrics }),
    // They have tests of their own.
    limits: { requestsPerSecond: 100_000, requestBurst: 100_000, sessionsPerPrincipal: 1_000 },
  });
  const auditDescriptor = openSync(auditFile, 'r');
  return {
    url: server.url,
    ...{ engine, control, app },
    async letIn(names) {
      const { text, keys } = keysOf(names);
      await server.replaceKeys?.({ text, where: 'keys' });
      return keys;
    },
    async useLogins(users) {
      const ended = app.replaceLogins?.(parseLogins(fileOf(users))) ?? new Set<string>();
      await server.endAllOf(({ name }) => ended.has(name), 'The login is another one now.');
    },
    written() {
      const log = lines;
      lines = [];
      return { log, audit: readOn(auditDescriptor) };
    },
    async close() {
      app.stopAsking();
      await server.close();
      await app.close();
      await sandbox.close();
      closeSync(auditDescriptor);
      rmSync(folder, { recursive: true });
    },
  };
}

/** The entries that were written since this was asked last. */
function readOn(descriptor: number): Record<string, unknown>[] {
  let text = '';
  const chunk = Buffer.alloc(64 * 1024);
  for (let bytes = readSync(descriptor, chunk); bytes > 0; bytes = readSync(descriptor, chunk)) {
    text += chunk.toString('latin1', 0, bytes);
  }
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function keysOf(names: readonly string[]): { text: string; keys: ReadonlyMap<string, string> } {
  const made = names.map((name) => createKey(name, [...callScopes]));
  return {
    text: JSON.stringify(made.map(({ entry }) => entry)),
    keys: new Map(made.map(({ key, entry }) => [entry.name, key])),
  };
}

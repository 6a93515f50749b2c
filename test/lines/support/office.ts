import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Engine, startSandboxWithEngine } from 'ringcentral-sandbox/testing';
import { createApp, type RunningApp } from '../../../src/app.ts';
import { listenSources } from '../../../src/commands/listen-source.ts';
import type { Config, HttpConfig } from '../../../src/config.ts';
import { createServer } from '../../../src/server.ts';
import { readinessOfSeveral } from '../../../src/transports/http/health.ts';
import { type HttpOptions, type HttpServer, startHttp } from '../../../src/transports/http/start-http.ts';
import { Control } from '../../e2e/support/control.ts';
import type { OfficeLogin } from './office-login.ts';
import type { SignIns } from './sign-ins.ts';

/** Calls of one login to the outside that the policy lets through within ten minutes. */
export const outsideCap = 8;

/** Of reversible acts is asked, too, because a person can grant them for a while. */
const policy = `extends: standard
classes: { reversible: ask }
caps: { ringing: 1000, outside: ${outsideCap}, calls: 1000 }
`;

/** How people get in, and whose line they get. */
export interface Entry {
  /** Lets in people of these names, and nobody else. */
  letIn(names: readonly string[]): Promise<void>;
  /** What somebody shows to be let in; empty where they have nothing. */
  tokenOf(name: string): string;
  /** The server's name for somebody who uses this login. */
  principalOf(name: string, login: string): string;
  /** Has people use these logins, by login with the names of those that use it, and no other login. */
  useLogins(users: ReadonlyMap<string, readonly string[]>): Promise<void>;
  /** A log line or an audit entry with `login` as it is called here. */
  withLogin(written: Record<string, unknown>): Record<string, unknown>;
  /** Where people sign in. */
  signIns?: SignIns;
}

/** What a server is started on. */
export interface Ground {
  sandbox: { serverUrl: string; clientId: string; clientSecret: string };
  control: Control;
  folder: string;
  logins: readonly OfficeLogin[];
}

/** A way to let people in: what it adds to the server, and the way itself once the server listens. */
export interface EntryForm {
  logins: Config['logins'];
  http: HttpConfig;
  options?(app: RunningApp): Partial<HttpOptions>;
  open(app: RunningApp, server: HttpServer): Entry;
}
export type PrepareEntry = (ground: Ground) => Promise<EntryForm>;

/** One server over HTTP for several logins, and the sandbox behind it, both in this process and in real time. */
export interface Office extends Omit<Entry, 'withLogin'> {
  url: string;
  engine: Engine;
  control: Control;
  app: RunningApp;
  /** What was logged, and written to the audit log, since this was asked last. */
  written(): { log: Record<string, unknown>[]; audit: Record<string, unknown>[] };
  close(): Promise<void>;
}

/** What differs comes by the environment: one is to be started after the other. */
export async function startOffice(logins: readonly OfficeLogin[], prepare: PrepareEntry): Promise<Office> {
  // Without limits: a run has to be short, and what they do to others is shown by refusals of one person's requests.
  const { sandbox, engine } = await startSandboxWithEngine({ rateLimits: 'off', ringSeconds: 300 });
  const control = new Control(sandbox.controlUrl);
  const folder = mkdtempSync(join(tmpdir(), 'lines-'));
  const auditFile = join(folder, 'audit.jsonl');
  const policyFile = join(folder, 'policy.yaml');
  writeFileSync(policyFile, policy);
  const known = new Set(engine.state().extensions.map(({ extensionNumber }) => extensionNumber));
  for (const { extensionNumber } of logins) {
    if (!known.has(extensionNumber))
      await control.addUser(extensionNumber, 'Robin', `Number${extensionNumber}`);
  }
  const form = await prepare({ sandbox, control, folder, logins });
  let lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'debug', base: null },
    { write: (text: string) => void lines.push(JSON.parse(text)) },
  );
  const app = await createApp(
    {
      logins: form.logins,
      sandbox: false,
      http: form.http,
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
    config: form.http,
    createServer: (connection) => createServer(app, connection),
    listenSourceOf: listenSources(app.switchboard),
    log,
    readiness: () => readinessOfSeveral(app.lines().map(({ state }) => state)),
    ...(app.metrics && { metrics: app.metrics }),
    // They have tests of their own.
    limits: { requestsPerSecond: 100_000, requestBurst: 100_000, sessionsPerPrincipal: 1_000 },
    ...form.options?.(app),
  });
  const { withLogin, ...entry } = form.open(app, server);
  const auditDescriptor = openSync(auditFile, 'r');
  return {
    url: server.url,
    ...{ engine, control, app },
    ...entry,
    written() {
      const log = lines;
      lines = [];
      return { log: log.map(withLogin), audit: readOn(auditDescriptor).map(withLogin) };
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

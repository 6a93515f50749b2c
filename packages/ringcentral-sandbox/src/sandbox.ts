import { compose } from './compose.ts';
import { CONTROL_PATH } from './control/control.ts';
import type { Engine } from './engine/api.ts';
import { GATEWAY_PATH, type GatewayTimes, PLATFORM_TIMES } from './gateway/gateway.ts';
import { LoopbackServer } from './loopback-server.ts';
import type { Credentials } from './oauth/credentials.ts';
import type { RateLimitSetting } from './rest/rate-limits.ts';
import { chooseScenario } from './scenarios/scenarios.ts';

const PLATFORM_PATH = '/restapi/';

/** How a sandbox is started. Times are milliseconds, unless their name says seconds. */
export interface SandboxOptions {
  /** TCP port on 127.0.0.1; absent or 0: any free one. */
  port?: number;
  /** Same seed and same commands: same ids, shapes and events. Absent: 1. */
  seed?: number;
  /** Time stands still but for POST /clock of the control interface; absent: real time. */
  manualClock?: boolean;
  /** Requests per user, app and minute; absent: `platform`, the documented limits (platform.md 7). */
  rateLimits?: RateLimitSetting;
  /** How long phones ring before voicemail takes the call, in seconds; absent: 20, as on the platform. */
  ringSeconds?: number;
  /** How long a lost WebSocket can be recovered; absent: 3 minutes (platform.md 5.5). */
  recoveryTimeoutMs?: number;
  /** After how long without a frame a WebSocket is closed; absent: 30 minutes (platform.md 5.6). */
  idleTimeoutMs?: number;
  /** How often the gateway pings a client, in real time; absent: every 30 seconds. */
  pingIntervalMs?: number;
  /** How long it waits for the pong before it drops the connection, in real time; absent: 10 seconds. */
  pongTimeoutMs?: number;
  /** Share of requests and notifications that go wrong, 0 to 1; absent: none. */
  chaos?: number;
  /** What people do by themselves: `quiet`, `front-desk`, `team` or `call-center`; absent: `quiet`. */
  scenario?: string;
  /** Credentials of a sandbox that has ended, which are good again; absent: new ones. */
  credentials?: Credentials;
  /** Live calls of `call-center`; absent: 100. No other scenario takes it. */
  calls?: number;
  /** Telephony events a second of `call-center`; absent: 20. No other scenario takes it. */
  rate?: number;
}

/** What an app needs to log in, as user 101. New at each start unless told otherwise, and good for this sandbox only. */
export interface SandboxCredentials extends Credentials {
  /** `http://127.0.0.1:PORT`: what the app takes for RingCentral's server. In a browser it is the console. */
  serverUrl: string;
  /** Where the control interface is. */
  controlUrl: string;
}

export interface RunningSandbox extends SandboxCredentials {
  /** Ends everything and frees the port. */
  close(): Promise<void>;
}

/**
 * Starts a simulated RingCentral of its own on loopback.
 *
 * @returns its addresses and credentials, once it listens
 * @throws RangeError for a scenario that does not exist or cannot have that load; what `listen` of node:net throws
 * where the port cannot be had
 * @example
 * const sandbox = await startSandbox({ manualClock: true });
 * // … an app against sandbox.serverUrl, people at phones by sandbox.controlUrl
 * await sandbox.close();
 */
export async function startSandbox(options?: SandboxOptions): Promise<RunningSandbox> {
  const { sandbox } = await startSandboxWithEngine(options);
  return sandbox;
}

/** `startSandbox`, with the engine for tests that look at what the control interface does not tell. */
export async function startSandboxWithEngine(
  options: SandboxOptions = {},
): Promise<{ sandbox: RunningSandbox; engine: Engine }> {
  const scenario = chooseScenario(options.scenario ?? 'quiet', options);
  const server = new LoopbackServer({
    platform: PLATFORM_PATH,
    control: CONTROL_PATH,
    gateway: GATEWAY_PATH,
  });
  const serverUrl = await server.listen(options.port ?? 0);
  const { engine, platform, gateway, control, credentials, close } = compose({
    serverUrl,
    seed: options.seed ?? 1,
    manualClock: options.manualClock ?? false,
    chaos: options.chaos ?? 0,
    rateLimits: options.rateLimits ?? 'platform',
    scenario,
    ringSeconds: options.ringSeconds,
    times: gatewayTimes(options),
    credentials: options.credentials,
  });
  server.serve({
    platform: (request) => platform.answer(request),
    control: ({ method, path, query, body }) => control.answer(method, path, query, body),
    upgrade: (request, socket, head) => gateway.upgrade(request, socket, head),
  });
  const sandbox: RunningSandbox = {
    serverUrl,
    ...credentials,
    controlUrl: `${serverUrl}${CONTROL_PATH}`,
    async close() {
      close();
      await server.close();
    },
  };
  return { sandbox, engine };
}

function gatewayTimes(options: SandboxOptions): GatewayTimes {
  return {
    ...PLATFORM_TIMES,
    recoveryTimeoutMs: options.recoveryTimeoutMs ?? PLATFORM_TIMES.recoveryTimeoutMs,
    idleTimeoutMs: options.idleTimeoutMs ?? PLATFORM_TIMES.idleTimeoutMs,
    pingIntervalMs: options.pingIntervalMs ?? PLATFORM_TIMES.pingIntervalMs,
    pongTimeoutMs: options.pongTimeoutMs ?? PLATFORM_TIMES.pongTimeoutMs,
  };
}

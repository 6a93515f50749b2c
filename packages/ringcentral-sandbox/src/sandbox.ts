import { ManualClock, realClock } from './clock.ts';
import { Chaos } from './control/chaos.ts';
import { CONTROL_PATH, Control } from './control/control.ts';
import { Faults } from './control/faults.ts';
import { RequestLog } from './control/request-log.ts';
import type { Engine } from './engine/api.ts';
import { createEngine } from './engine/engine.ts';
import { GATEWAY_PATH, Gateway, type GatewayTimes, PLATFORM_TIMES } from './gateway/gateway.ts';
import { NotificationFaults } from './gateway/notification-faults.ts';
import { Subscriptions } from './gateway/subscriptions.ts';
import { LoopbackServer } from './loopback-server.ts';
import { Apps } from './oauth/apps.ts';
import { OAuthEndpoints } from './oauth/endpoints.ts';
import { JwtCredentials } from './oauth/jwt-credentials.ts';
import { LoginSessions } from './oauth/sessions.ts';
import { WebSocketTokens } from './oauth/ws-tokens.ts';
import { createRandom } from './random.ts';
import { Api } from './rest/api.ts';
import { permissionWords } from './rest/errors.ts';
import { Platform } from './rest/platform.ts';
import { limitsOf, type RateLimitSetting, RateLimits } from './rest/rate-limits.ts';
import type { Services } from './rest/route.ts';
import { routes } from './rest/routes.ts';
import { chooseScenario, play, worldOf } from './scenarios/scenarios.ts';

const PLATFORM_PATH = '/restapi/';
/** The user whose credentials the sandbox prints. */
const DEFAULT_USER = '101';

export interface SandboxOptions {
  /** On loopback; absent or 0: any free one. */
  port?: number;
  /** Same seed and same commands: same events. */
  seed?: number;
  /** Time moves only by POST /clock. */
  manualClock?: boolean;
  rateLimits?: RateLimitSetting;
  /** How long a lost WebSocket can be recovered. */
  recoveryTimeoutMs?: number;
  /** When a silent WebSocket is closed. */
  idleTimeoutMs?: number;
  /** How often the gateway pings, and how long it waits for the answer. */
  pingIntervalMs?: number;
  pongTimeoutMs?: number;
  /** Share of requests and notifications that go wrong, 0 to 1. */
  chaos?: number;
  /** What people do by themselves: `quiet`, `front-desk` or `call-center`. */
  scenario?: string;
  /** Of call-center: live calls, and events a second. */
  calls?: number;
  rate?: number;
}

export interface SandboxCredentials {
  serverUrl: string;
  clientId: string;
  clientSecret: string;
  jwt: string;
  controlUrl: string;
}

export interface RunningSandbox extends SandboxCredentials {
  close(): Promise<void>;
}

/**
 * Starts a RingCentral in a box on loopback, with credentials that are new at every start. Throws RangeError for a
 * scenario that does not exist or cannot have that load.
 */
export async function startSandbox(options?: SandboxOptions): Promise<RunningSandbox> {
  const { sandbox } = await startSandboxWithEngine(options);
  return sandbox;
}

/** `startSandbox`, with the engine for tests that look at what the control interface does not tell. */
export async function startSandboxWithEngine(
  options: SandboxOptions = {},
): Promise<{ sandbox: RunningSandbox; engine: Engine }> {
  const { seed = 1, rateLimits: rateSetting = 'platform' } = options;
  const chosen = chooseScenario(options.scenario ?? 'quiet', options);
  const server = new LoopbackServer({
    platform: PLATFORM_PATH,
    control: CONTROL_PATH,
    gateway: GATEWAY_PATH,
  });
  const serverUrl = await server.listen(options.port ?? 0);

  const clock = options.manualClock ? new ManualClock() : realClock;
  // Chance of its own for each part: what one of them draws does not change the others.
  const engine = createEngine({ clock, seed, createWorld: () => worldOf(chosen) });
  const faults = new Faults(options.chaos ? new Chaos(options.chaos, createRandom(seed + 1)) : undefined);
  const notificationFaults = new NotificationFaults(faults, createRandom(seed + 2), clock);
  const subscriptions = new Subscriptions(clock, createRandom(seed + 3), engine);
  const rateLimits = new RateLimits(clock, () => engine.world.account.rateLimits);
  const setRateLimits = (setting: RateLimitSetting) => {
    engine.world.account.rateLimits = limitsOf(setting);
    rateLimits.reset();
  };
  setRateLimits(rateSetting);

  const apps = new Apps();
  const jwts = new JwtCredentials();
  const logins = new LoginSessions(clock);
  const wsTokens = new WebSocketTokens(clock);
  const log = new RequestLog(clock);
  const words = permissionWords(seed, () => engine.world.account);
  const services: Services = {
    serverUrl,
    clock,
    engine,
    subscriptions,
    permissionWords: words,
    gateway: () => gateway,
  };
  const api = new Api(routes, services, logins, rateLimits);
  const oauth = new OAuthEndpoints({
    clock,
    engine,
    apps,
    jwts,
    sessions: logins,
    wsTokens,
    rateLimits,
    permissionWords: words,
    gatewayUri: `${serverUrl.replace('http:', 'ws:')}${GATEWAY_PATH}`,
    defaultExtensionId: () => defaultUserId(),
  });
  const platform = new Platform({ clock, log, faults, oauth, api });
  const times: GatewayTimes = {
    ...PLATFORM_TIMES,
    recoveryTimeoutMs: options.recoveryTimeoutMs ?? PLATFORM_TIMES.recoveryTimeoutMs,
    idleTimeoutMs: options.idleTimeoutMs ?? PLATFORM_TIMES.idleTimeoutMs,
    pingIntervalMs: options.pingIntervalMs ?? PLATFORM_TIMES.pingIntervalMs,
    pongTimeoutMs: options.pongTimeoutMs ?? PLATFORM_TIMES.pongTimeoutMs,
  };
  const gateway = new Gateway({
    clock,
    platform,
    faults,
    notificationFaults,
    logins,
    wsTokens,
    subscriptions,
    times,
  });

  const app = apps.register();
  const control = new Control({
    serverUrl,
    clock,
    engine,
    log,
    faults,
    gateway,
    notificationFaults,
    subscriptions,
    logins,
    apps,
    jwts,
    defaultClientId: app.clientId,
    setRateLimits,
    stopScenario: () => scenario.stop(),
    reset() {
      engine.reset();
      faults.reset();
      notificationFaults.release();
      setRateLimits(rateSetting);
      scenario.restart();
    },
  });
  const scenario = play(chosen, engine, clock, seed + 4);

  server.serve({
    platform: (request) => platform.answer(request),
    control: ({ method, path, query, body }) => control.answer(method, path, query, body),
    upgrade: (request, socket, head) => gateway.upgrade(request, socket, head),
  });

  function defaultUserId(): string {
    const id = engine.world.dialPlan.get(DEFAULT_USER);
    if (id === undefined) throw new Error(`The default world has no extension ${DEFAULT_USER}`);
    return id;
  }

  const sandbox: RunningSandbox = {
    serverUrl,
    clientId: app.clientId,
    clientSecret: app.clientSecret ?? '',
    jwt: jwts.issue(defaultUserId(), serverUrl),
    controlUrl: `${serverUrl}${CONTROL_PATH}`,
    async close() {
      scenario.stop();
      gateway.close();
      for (const subscription of subscriptions.all()) subscriptions.remove(subscription);
      engine.close();
      await server.close();
    },
  };
  return { sandbox, engine };
}

import { type Clock, ManualClock, realClock } from './clock.ts';
import { Chaos } from './control/chaos.ts';
import { Control } from './control/control.ts';
import { Faults } from './control/faults.ts';
import { RequestLog } from './control/request-log.ts';
import type { Engine } from './engine/api.ts';
import { createEngine } from './engine/engine.ts';
import type { World } from './engine/world.ts';
import { GATEWAY_PATH, Gateway, type GatewayTimes } from './gateway/gateway.ts';
import { NotificationFaults } from './gateway/notification-faults.ts';
import { Subscriptions } from './gateway/subscriptions.ts';
import { Apps } from './oauth/apps.ts';
import type { Credentials } from './oauth/credentials.ts';
import { OAuthEndpoints } from './oauth/endpoints.ts';
import { JwtCredentials } from './oauth/jwt-credentials.ts';
import { LoginSessions } from './oauth/sessions.ts';
import { WebSocketTokens } from './oauth/ws-tokens.ts';
import { createRandom } from './random.ts';
import { Api } from './rest/api.ts';
import { permissionWordRule } from './rest/errors.ts';
import { Platform } from './rest/platform.ts';
import { limitsOf, type RateLimitSetting, RateLimits } from './rest/rate-limits.ts';
import { routes } from './rest/routes.ts';
import { type ChosenScenario, type RunningScenario, runScenario, worldOf } from './scenarios/scenarios.ts';

/** The user whose credentials the sandbox prints. */
const DEFAULT_USER = '101';

/** What a sandbox is made of, with every default filled in. */
export interface Composition {
  /** Address of the HTTP server, which listens already. */
  readonly serverUrl: string;
  readonly seed: number;
  readonly manualClock: boolean;
  /** A share from 0 to 1. */
  readonly chaos: number;
  readonly rateLimits: RateLimitSetting;
  readonly scenario: ChosenScenario;
  /** Undefined: as the scenario's world has it. */
  readonly ringSeconds: number | undefined;
  readonly times: GatewayTimes;
  /** Undefined: new ones. */
  readonly credentials: Credentials | undefined;
}

/** A sandbox without its HTTP server. */
export interface ComposedSandbox {
  readonly engine: Engine;
  readonly platform: Platform;
  readonly gateway: Gateway;
  readonly control: Control;
  readonly credentials: Credentials;
  /** Stops scenario, connections, webhooks and timers. */
  close(): void;
}

/**
 * Builds the parts of a sandbox and connects them. Each part that needs chance has its own, seeded by `seed` plus a
 * number: what one draws does not change the others.
 */
export function compose(composition: Composition): ComposedSandbox {
  const core = composeCore(composition);
  const logins = composeLogins(core.clock);
  const { platform, gateway } = composePlatform(composition, core, logins);
  const { credentials } = composition;
  const app = logins.apps.register({ name: 'Sandbox App', ...(credentials && { credentials }) });
  const userId = defaultUserId(core.engine);
  if (credentials) logins.jwts.accept(credentials.jwt, userId);
  const scenario = runScenario(composition.scenario, core.engine, core.clock, composition.seed + 4);
  const control = composeControl(composition, { ...core, ...logins, gateway }, app.clientId, scenario);
  return {
    engine: core.engine,
    platform,
    gateway,
    control,
    credentials: {
      clientId: app.clientId,
      clientSecret: app.clientSecret ?? '',
      jwt: credentials?.jwt ?? logins.jwts.issue(userId, composition.serverUrl),
    },
    close() {
      scenario.stop();
      gateway.close();
      for (const subscription of core.subscriptions.all()) core.subscriptions.remove(subscription);
      core.engine.close();
    },
  };
}

/** The engine, and what every interface to it shares. */
interface Core {
  readonly clock: Clock;
  readonly engine: Engine;
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly notificationFaults: NotificationFaults;
  readonly subscriptions: Subscriptions;
  readonly rateLimits: RateLimits;
  setRateLimits(setting: RateLimitSetting): void;
}

function composeCore(composition: Composition): Core {
  const { seed, chaos, manualClock, rateLimits: setting } = composition;
  const clock = manualClock ? new ManualClock() : realClock;
  const engine = createEngine({ clock, seed, createWorld: () => createWorld(composition) });
  const faults = new Faults(chaos > 0 ? new Chaos(chaos, createRandom(seed + 1)) : undefined);
  const rateLimits = new RateLimits(clock, () => engine.world.account.rateLimits);
  const core: Core = {
    clock,
    engine,
    log: new RequestLog(clock),
    faults,
    notificationFaults: new NotificationFaults(faults, createRandom(seed + 2), clock),
    subscriptions: new Subscriptions(clock, createRandom(seed + 3), engine),
    rateLimits,
    setRateLimits(changed) {
      engine.world.account.rateLimits = limitsOf(changed);
      rateLimits.reset();
    },
  };
  core.setRateLimits(setting);
  return core;
}

function createWorld({ scenario, ringSeconds }: Composition): World {
  const world = worldOf(scenario);
  if (ringSeconds !== undefined) world.account.ringSeconds = ringSeconds;
  return world;
}

/** Apps, credentials and tokens. */
interface Logins {
  readonly apps: Apps;
  readonly jwts: JwtCredentials;
  readonly logins: LoginSessions;
  readonly wsTokens: WebSocketTokens;
}

function composeLogins(clock: Clock): Logins {
  return {
    apps: new Apps(),
    jwts: new JwtCredentials(),
    logins: new LoginSessions(clock),
    wsTokens: new WebSocketTokens(clock),
  };
}

/** REST, OAuth and the gateway. The gateway tunnels into the API, which asks it for the connection of a request. */
function composePlatform({ serverUrl, seed, times }: Composition, core: Core, logins: Logins) {
  const { engine, rateLimits } = core;
  const usesPermissionWord = permissionWordRule(seed, () => engine.world.account);
  const services = { ...core, serverUrl, usesPermissionWord, gateway: () => gateway };
  const api = new Api(routes, services, logins.logins, rateLimits);
  const oauth = new OAuthEndpoints({
    ...logins,
    ...core,
    sessions: logins.logins,
    usesPermissionWord,
    gatewayUri: `${serverUrl.replace('http:', 'ws:')}${GATEWAY_PATH}`,
    defaultExtensionId: () => defaultUserId(engine),
  });
  const platform = new Platform({ ...core, oauth, api });
  const gateway: Gateway = new Gateway({ ...core, ...logins, platform, times });
  return { platform, gateway };
}

function composeControl(
  { serverUrl, rateLimits }: Composition,
  parts: Core & Logins & { gateway: Gateway },
  defaultClientId: string,
  scenario: RunningScenario,
): Control {
  return new Control({
    ...parts,
    serverUrl,
    defaultClientId,
    stopScenario: () => scenario.stop(),
    reset() {
      parts.engine.reset();
      parts.faults.reset();
      parts.notificationFaults.release();
      parts.setRateLimits(rateLimits);
      scenario.restart();
    },
  });
}

function defaultUserId({ world }: Engine): string {
  const id = world.dialPlan.get(DEFAULT_USER);
  if (id === undefined) throw new Error(`The default world has no extension ${DEFAULT_USER}`);
  return id;
}

// What the tests of other rooms use of the sandbox's insides, and share with its own tests.
export { Faults } from '../src/control/faults.ts';
export { type LoggedRequest, RequestLog } from '../src/control/request-log.ts';
export { ApiError, type Engine, type Notification } from '../src/engine/api.ts';
export { Apps } from '../src/oauth/apps.ts';
export { LoginSessions } from '../src/oauth/sessions.ts';
export { createRandom } from '../src/random.ts';
export { Api } from '../src/rest/api.ts';
export { Platform } from '../src/rest/platform.ts';
export { limitsOf, RateLimits } from '../src/rest/rate-limits.ts';
export { routes } from '../src/rest/routes.ts';
export { startSandboxWithEngine } from '../src/sandbox.ts';
export { type Command, command, run } from './engine/commands.ts';
export { DESK_101, DESK_102, id, OUTSIDE, Sandbox } from './engine/harness.ts';
export { noBrowser, openBrowser } from './support/browser.ts';
export { hostileNames } from './support/hostile.ts';

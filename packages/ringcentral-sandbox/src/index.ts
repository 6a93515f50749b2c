export type { RateLimitSetting } from './rest/rate-limits.ts';
export {
  type RunningSandbox,
  type SandboxCredentials,
  type SandboxOptions,
  startSandbox,
} from './sandbox.ts';

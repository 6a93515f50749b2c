import type { World } from '../engine/world.ts';
import type { ScenarioContext } from './scenario-context.ts';

/** How much goes on in a scenario whose load can be set. */
export interface Load {
  /** Live calls at any time. */
  calls: number;
  /** Telephony events a second. */
  rate: number;
}

/** What people do by themselves. The same seed and the same commands from outside give the same events. */
export interface Scenario {
  /** Its load by default; absent: its load cannot be set. */
  readonly load?: Load;
  /** Makes the account that it needs; absent: the default world. */
  createWorld?(load: Load): World;
  /** Lets the people begin. They stop when the context is closed. */
  start(context: ScenarioContext, load: Load): void;
}

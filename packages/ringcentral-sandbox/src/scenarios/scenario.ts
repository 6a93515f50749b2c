import type { World } from '../engine/world.ts';
import type { Stage } from './stage.ts';

/** How much goes on in a scenario that can be told so. */
export interface Load {
  /** Live calls at any time. */
  calls: number;
  /** Telephony events a second. */
  rate: number;
}

/** What people do by themselves, the same for the same seed. */
export interface Scenario {
  /** What its load is if nothing is said; absent: its load cannot be told. */
  readonly load?: Load;
  /** Its account, where the default world is too small. */
  createWorld?(load: Load): World;
  /** Sets the people in motion. They stop with the stage. */
  start(stage: Stage, load: Load): void;
}

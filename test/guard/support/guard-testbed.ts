import { pino } from 'pino';
import type { Guard } from '../../../src/guard/contract.ts';
import type { GuardOptions } from '../../../src/guard/guard.ts';
import { createGuard } from '../../../src/guard/guard.ts';
import { presets } from '../../../src/guard/policy/presets.ts';
import type { ManualClock } from './clock.ts';
import { manualClock } from './clock.ts';
import type { World } from './fake-ports.ts';
import { createWorld } from './fake-ports.ts';

export interface Rig {
  guard: Guard;
  world: World;
  clock: ManualClock;
}

/** A guard over a small world, `standard` unless told otherwise. */
export function rig(options: Partial<GuardOptions> = {}): Rig {
  const clock = manualClock();
  const world = createWorld((options.clock ?? clock).now);
  const guard = createGuard({
    policy: presets.standard,
    readOnly: false,
    allowUnconfirmed: [],
    sandbox: false,
    calls: world.calls,
    directory: world.directory,
    clock,
    log: pino({ level: 'silent' }),
    ...options,
  });
  return { guard, world, clock };
}

import { pino } from 'pino';
import type { Guard } from '../../../src/guard/contract.ts';
import type { GuardOptions } from '../../../src/guard/guard.ts';
import { createGuard } from '../../../src/guard/guard.ts';
import { presets } from '../../../src/guard/policy/presets.ts';
import type { ManualClock } from '../../support/clock.ts';
import { manualClock } from '../../support/clock.ts';
import type { FakePorts } from './fake-ports.ts';
import { createFakePorts } from './fake-ports.ts';

export interface GuardTestbed {
  guard: Guard;
  ports: FakePorts;
  clock: ManualClock;
}

/** A guard over a few calls and a small account, `standard` and with a confirmed phone unless told otherwise. */
export function guardTestbed(options: Partial<GuardOptions> = {}): GuardTestbed {
  const clock = manualClock();
  const ports = createFakePorts((options.clock ?? clock).now);
  const guard = createGuard({
    policy: presets.standard,
    readOnly: false,
    allowUnconfirmed: [],
    sandbox: false,
    phone: 'Desk',
    calls: ports.calls,
    directory: ports.directory,
    clock,
    log: pino({ level: 'silent' }),
    ...options,
  });
  return { guard, ports, clock };
}

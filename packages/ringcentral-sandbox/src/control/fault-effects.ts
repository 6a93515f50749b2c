import type { Fault } from './fault-kinds.ts';
import { loginsOf } from './logins.ts';
import type { ControlParts } from './route.ts';

type Effects = { [K in Fault['kind']]: (fault: Extract<Fault, { kind: K }>, parts: ControlParts) => void };

const arm = (fault: Fault, { faults }: ControlParts) => faults.arm(fault);

/** What posting a fault of each kind does: it acts at once, or it waits for what it happens to. */
const EFFECTS: Effects = {
  http: arm,
  'ws-close': ({ code }, { gateway }) => gateway.closeAll(code),
  'ws-freeze': freeze,
  'ws-refuse': arm,
  'ws-silent': arm,
  'ws-garbage'(fault, parts) {
    parts.faults.arm(fault);
    parts.gateway.sendGarbage();
  },
  'ws-lose': arm,
  'ws-duplicate': arm,
  'ws-shuffle': arm,
  'ws-recovery-fails': arm,
  'expire-access-token'(fault, parts) {
    for (const session of loginsOf(fault, parts)) parts.logins.expireAccessToken(session);
  },
  'expire-refresh-token'(fault, parts) {
    for (const session of loginsOf(fault, parts)) parts.logins.expireRefreshToken(session);
  },
  'revoke-session'(fault, parts) {
    for (const session of loginsOf(fault, parts)) parts.logins.end(session);
  },
};

/** Carries a posted fault out. Throws ControlError 404 where it names a user or an app that does not exist. */
export function startFault(fault: Fault, parts: ControlParts): void {
  (EFFECTS[fault.kind] as (fault: Fault, parts: ControlParts) => void)(fault, parts);
}

/** Freezes the connections for `ms` milliseconds, or until the faults are cleared. */
function freeze(
  fault: Extract<Fault, { kind: 'ws-freeze' }>,
  { clock, faults, gateway }: ControlParts,
): void {
  const thaw = gateway.freeze();
  const cancel = clock.setTimeout(() => faults.disarm(fault), fault.ms);
  faults.arm(fault, () => {
    cancel();
    thaw();
  });
}

import type { Fault } from './fault-kinds.ts';
import type { ControlParts } from './route.ts';

type Effects = { [K in Fault['kind']]: (fault: Extract<Fault, { kind: K }>, parts: ControlParts) => void };

const arm = (fault: Fault, { faults }: ControlParts) => faults.arm(fault);

/** What posting a fault of each kind does: act at once, or wait for what it strikes. */
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
  'expire-access-token': (_, { logins }) => logins.expireAccessTokens(),
  'expire-refresh-token': (_, { logins }) => logins.expireRefreshTokens(),
  'revoke-session'(_, { logins }) {
    for (const session of logins.all()) logins.end(session);
  },
};

export function startFault(fault: Fault, parts: ControlParts): void {
  (EFFECTS[fault.kind] as (fault: Fault, parts: ControlParts) => void)(fault, parts);
}

/** Listed as long as it lasts; clearing the faults ends it. */
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

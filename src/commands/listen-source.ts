import type { Line } from '../app/line.ts';
import type { Switchboard } from '../app/switchboard.ts';
import { createEventBuses } from '../resources/event-bus.ts';
import { watchable } from '../resources/listening.ts';
import { Failure } from '../shared/failure.ts';
import type { ListenSource } from '../transports/http/mcp-endpoint.ts';
import type { Principal } from '../transports/identity/principal.ts';
import { Refusal } from '../transports/refusal.ts';

/** What a principal can listen to: the changes of their own line. */
export function listenSources(switchboard: Switchboard): (principal: Principal) => ListenSource {
  const busOf = createEventBuses();
  return ({ name }) => {
    const line = refusing(() => switchboard.lineOf(name));
    return { bus: busOf(line), watchable: (params) => watchable(line, params), hold: line.hold };
  };
}

/** Throws a `Refusal` for a principal who has no line now. */
function refusing(lineOf: () => Line): Line {
  try {
    return lineOf();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { kind, message, details } = error;
    const { retryAfterSeconds } = details;
    throw new Refusal(kind === 'forbidden' ? 403 : 503, message, {
      ...(retryAfterSeconds !== undefined && { headers: { 'retry-after': String(retryAfterSeconds) } }),
    });
  }
}

import { type Endpoint, isOver, type Party } from './model.ts';
import type { Pbx } from './pbx.ts';
import type { World } from './world.ts';

/** Records that are kept at most; older ones are forgotten. */
const RECORDS_KEPT = 2000;

/**
 * The call log: a record of each leg of a user, from its end on (platform.md 8.8; the moment and `result` are
 * assumed).
 */
export class CallLog {
  readonly #pbx: Pbx;
  readonly #records: { extensionId: string; record: Record<string, unknown> }[] = [];
  readonly #voicemail = new WeakSet<Party>();
  readonly #connected = new WeakSet<Party>();
  readonly #logged = new WeakSet<Party>();

  constructor(pbx: Pbx) {
    this.#pbx = pbx;
  }

  /** Observer of every leg. */
  observe(leg: Party): void {
    const { extensionId } = leg;
    if (extensionId === undefined || this.#pbx.world.extensions.get(extensionId)?.type !== 'User') return;
    if (leg.code === 'Answered') this.#connected.add(leg);
    if (leg.code.startsWith('VoiceMail')) this.#voicemail.add(leg);
    if (!isOver(leg) || this.#logged.has(leg)) return;
    this.#logged.add(leg);
    const record = callRecord(this.#pbx.world, leg, this.#pbx.clock.now(), this.#result(leg));
    this.#records.push({ extensionId, record });
    if (this.#records.length > RECORDS_KEPT) this.#records.shift();
  }

  /** Records without URIs, newest first; of one extension or of the whole account. */
  records(extensionId?: string): Record<string, unknown>[] {
    return this.#records
      .filter((entry) => extensionId === undefined || entry.extensionId === extensionId)
      .map(({ record }) => record)
      .reverse();
  }

  clear(): void {
    this.#records.length = 0;
  }

  #result(leg: Party): string {
    if (this.#voicemail.has(leg)) return 'Voicemail';
    if (this.#connected.has(leg)) return leg.direction === 'Inbound' ? 'Accepted' : 'Call connected';
    if (leg.reason === 'Rejected') return 'Rejected';
    return leg.direction === 'Inbound' ? 'Missed' : 'No Answer';
  }
}

/** A leg as the call log and the list of active calls show it, lasting until `until`, epoch milliseconds. */
export function callRecord(world: World, leg: Party, until: number, result: string): Record<string, unknown> {
  const [recording] = leg.recordings;
  return {
    id: leg.id.slice(2),
    sessionId: leg.call.sessionId,
    telephonySessionId: leg.call.id,
    partyId: leg.id,
    startTime: new Date(leg.createdAt).toISOString(),
    duration: Math.floor((until - leg.createdAt) / 1000),
    type: 'Voice',
    transport: 'VoIP',
    direction: leg.direction,
    action: leg.direction === 'Inbound' ? 'Phone Call' : 'VoIP Call',
    result,
    from: end(world, leg.from),
    to: end(world, leg.to),
    extension: { id: Number(leg.extensionId) },
    ...(recording === undefined ? {} : { recording: { id: recording.id, type: recording.mode } }),
  };
}

function end(world: World, { phoneNumber, name, extensionId, deviceId }: Endpoint): Record<string, unknown> {
  const extension = extensionId === undefined ? undefined : world.extensions.get(extensionId);
  return {
    ...(phoneNumber?.startsWith('+') ? { phoneNumber } : {}),
    ...(extension === undefined ? {} : { extensionNumber: extension.extensionNumber, extensionId }),
    ...(name === undefined ? {} : { name }),
    ...(deviceId === undefined ? {} : { device: { id: deviceId } }),
  };
}

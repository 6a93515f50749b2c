import { ManualClock } from '../../src/clock.ts';
import type {
  ActArguments,
  ActName,
  Called,
  Caller,
  Engine,
  Notification,
  OperationName,
  PartyState,
  Reply,
} from '../../src/engine/api.ts';
import { ApiError } from '../../src/engine/api.ts';
import { createEngine } from '../../src/engine/engine.ts';

export const OUTSIDE = '+16505550123';
export const MAIN = '+12055550100';
export const DESK_101 = '60101001';
export const DESK_102 = '60102001';
export const DESK_103 = '60103001';
export const APP_104 = '60104001';

export interface EventParty {
  id: string;
  extensionId?: string;
  direction: string;
  status: { code: string; reason?: string; mobilePickupData?: unknown; peerId?: Record<string, string> };
  from: Record<string, string>;
  to: Record<string, string>;
  missedCall: boolean;
  muted: boolean;
  [member: string]: unknown;
}

export interface EventBody {
  sequence: number;
  sessionId: string;
  telephonySessionId: string;
  eventTime: string;
  origin: { type: string };
  parties: EventParty[];
}

export interface Happened {
  /** Extension of the event URI, none for the account level. */
  extensionId: string | undefined;
  body: EventBody;
  party: EventParty;
}

/** An engine on a clock that the test moves, with everything it told. */
export class Sandbox {
  readonly clock = new ManualClock();
  readonly engine: Engine;
  readonly notifications: Notification[] = [];

  constructor(seed = 1) {
    this.engine = createEngine({ clock: this.clock, seed });
    this.engine.subscribe((notification) => this.notifications.push(notification));
  }

  get events(): Happened[] {
    return this.notifications.flatMap((notification) => {
      if (notification.kind !== 'telephony') return [];
      const body = notification.body as EventBody;
      const [party] = body.parties;
      return party === undefined ? [] : [{ extensionId: notification.extensionId, body, party }];
    });
  }

  /** `N Code/reason (sequence)` of every event of a call. */
  story(call: string): string[] {
    return this.events
      .filter(({ body }) => body.telephonySessionId === call)
      .map(({ party, body }) => {
        const { code, reason } = party.status;
        return `${number(party.id)} ${code}${reason === undefined ? '' : `/${reason}`} (${body.sequence})`;
      });
  }

  ext(extensionNumber: string): string {
    const id = this.engine.world.dialPlan.get(extensionNumber);
    if (id === undefined) throw new Error(`no extension ${extensionNumber}`);
    return id;
  }

  call(from: Caller | string, to: Called | string): string {
    const who = (end: Caller | Called | string) =>
      typeof end !== 'string' ? end : end.length === 3 ? { extensionNumber: end } : { phoneNumber: end };
    return this.engine.placeCall({ from: who(from), to: who(to) }).telephonySessionId;
  }

  act(call: string, partyNumber: number, act: ActName, args: ActArguments = {}): void {
    this.engine.act(call, id(call, partyNumber), act, args);
  }

  /** One of the operations, by default as 101. */
  operate(
    operation: OperationName,
    call: string | undefined,
    partyNumber: number | undefined,
    body?: unknown,
    { as = '101', recordingId }: { as?: string; recordingId?: string } = {},
  ): Reply {
    const path = {
      ...(call === undefined ? {} : { telephonySessionId: call }),
      ...(call === undefined || partyNumber === undefined ? {} : { partyId: id(call, partyNumber) }),
      ...(recordingId === undefined ? {} : { recordingId }),
    };
    const actor = { accountId: this.engine.world.account.id, extensionId: this.ext(as) };
    return this.engine.operate(operation, actor, path, body);
  }

  /** The refusal of an operation or act as `status code`. */
  refusal(run: () => unknown): string {
    try {
      run();
    } catch (error) {
      if (error instanceof ApiError) return `${error.status} ${error.errorCode}`;
      throw error;
    }
    return 'none';
  }

  party(call: string, partyNumber: number): PartyState {
    const found = this.parties(call).find((party) => party.id === id(call, partyNumber));
    if (found === undefined) throw new Error(`no party ${partyNumber}`);
    return found;
  }

  parties(call: string): PartyState[] {
    const found = this.engine.state().calls.find(({ telephonySessionId }) => telephonySessionId === call);
    if (found === undefined) throw new Error('no such call');
    return found.parties;
  }

  /** Codes of all parties: `1 Answered, 2 Hold`. */
  codes(call: string): string {
    return this.parties(call)
      .map(({ id: partyId, status }) => `${number(partyId)} ${status.code}`)
      .join(', ');
  }

  /** Numbers of the parties whose voice reaches that one. */
  hears(call: string, partyNumber: number): number[] {
    return this.party(call, partyNumber).hears.map(number);
  }

  /**
   * A call as in the recordings (platform.md 4.6), to its end: party `answers` answers, then party `controls` holds,
   * unholds and hangs up.
   */
  recordedCall(
    from: Caller | string,
    to: string,
    { answers, controls }: { answers: number; controls: number },
  ): string {
    const call = this.call(from, to);
    this.clock.advance(5000);
    this.act(call, answers, 'answer');
    for (const act of ['hold', 'unhold', 'hangup'] as const) {
      this.clock.advance(3000);
      this.act(call, controls, act);
    }
    this.clock.advance(1000);
    return call;
  }

  /**
   * A connected call: by default from outside to 101's direct number, answered at its desk phone. Parties 1 and 2.
   */
  answeredCall(to = '+12055550101', from: Caller | string = OUTSIDE): string {
    const call = this.call(from, to);
    this.clock.advance(1000);
    this.act(call, 2, 'answer');
    this.clock.advance(1000);
    return call;
  }
}

export function id(call: string, partyNumber: number): string {
  return `p-${call.slice(2)}-${partyNumber}`;
}

function number(partyId: string): number {
  return Number(partyId.slice(partyId.lastIndexOf('-') + 1));
}

import type { SessionView } from '../calls/store/views.ts';
import type { CallFlipNumber, Device, Extension, QueueMember } from '../ringcentral/wire/lookups.ts';
import type { CallParty } from '../ringcentral/wire/session.ts';
import type { Answer } from './confirmation/answer.ts';

/** The login's own identity, as far as the guard needs it. */
export interface OwnIdentity {
  accountId: string;
  extensionId: string;
  extensionNumber: string;
}

/**
 * What belongs to this account. The guard asks only for what a target or device needs, each time. Devices and flip
 * numbers are read now, the rest is at most a minute old; what cannot be read so throws `Failure`.
 */
export interface AccountDirectory {
  identity(): Promise<OwnIdentity>;
  /** IANA name of the login's time zone, or the account's. */
  timeZone(): Promise<string | undefined>;
  /** The company's number in E.164. */
  mainNumber(): Promise<string | undefined>;
  /** Every number of the account in E.164. */
  accountNumbers(): Promise<readonly { phoneNumber: string; extensionId?: string }[]>;
  extensions(): Promise<readonly Extension[]>;
  devices(): Promise<readonly Device[]>;
  flipNumbers(): Promise<readonly CallFlipNumber[]>;
  /** Asked only where a rule of the policy depends on who is in a queue. */
  queueMembers(queueId: string): Promise<readonly QueueMember[]>;
}

/** A call as it was at one moment. */
export interface CallReading {
  call: SessionView;
  /** Clock time at which the request for it left: everything that changed before that is in `call`. */
  at: number;
}

/** Where the guard learns about calls. */
export interface CallsPort {
  /** The call as the call store has it: no request. It may be old. */
  call(telephonySessionId: string): SessionView | undefined;
  /**
   * The call as the platform has it now, and who of it the login is. `end` may use the last of the rate limit
   * (`lastOfLimit`). Throws `Failure`.
   */
  read(
    telephonySessionId: string,
    options: { signal?: AbortSignal; priority?: 'action' | 'end' },
  ): Promise<CallReading>;
  /**
   * The number of the run of events of this call that comes in now; undefined while none come in. Runs end where
   * events may have been missed: of what happened in another run, and of what happens in none, nobody knows what
   * followed.
   */
  eventRun(telephonySessionId: string): number | undefined;
  /** What the host's clock showed at a time of the platform, both in epoch ms; the same unless told. */
  hostTime?(platformTime: number): number;
  /** Called for every state in which a party is seen; the answer stops it. */
  onParty(listener: (telephonySessionId: string, party: CallParty) => void): () => void;
}

/** A question for the operator, who answers on a page instead of the person at the host. */
export interface OperatorQuestion {
  principal: string;
  tool: string;
  /** The whole question, several lines. */
  message: string;
  offersGrant: boolean;
  /** How long the grant would last, where one is offered: `ten minutes`. */
  grantLasts?: string;
  /** Epoch ms. */
  askedAt: number;
  expiresAt: number;
}

export interface Operator {
  /** Of the page, as a person opens it. No secret: what opens the page is its passcode. */
  readonly address: string;
  /** The page is one that each person has of their own. */
  readonly isPersons?: boolean;
  /** The signal's reason is the answer when it aborts. */
  ask(question: OperatorQuestion, signal: AbortSignal): Promise<Answer>;
}

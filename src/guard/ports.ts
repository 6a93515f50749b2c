import type { SessionView } from '../calls/view.ts';
import type { CallFlipNumber, Device, Extension } from '../ringcentral/wire/lookups.ts';
import type { Answer } from './ask/answer.ts';

/** The login's own identity, as far as the guard needs it. */
export interface Self {
  accountId: string;
  extensionId: string;
  extensionNumber: string;
  /** E.164. */
  mainNumber?: string;
}

/**
 * What belongs to this account. The guard asks only for what a target or device needs, each time: whoever hands
 * this in keeps the answers, so that an allowed act costs no request.
 */
export interface Directory {
  identity(): Promise<Self>;
  /** Every number of the account in E.164. */
  accountNumbers(): Promise<readonly { phoneNumber: string; extensionId?: string }[]>;
  extensions(): Promise<readonly Extension[]>;
  devices(): Promise<readonly Device[]>;
  flipNumbers(): Promise<readonly CallFlipNumber[]>;
}

/** Where the guard learns about calls. */
export interface Calls {
  /** The call as the picture has it: no request. */
  call(telephonySessionId: string): SessionView | undefined;
  /**
   * The call as the platform has it now; `end` may use the last of the rate limit, as ending a call may.
   * Throws `Failure`.
   */
  readFresh(
    telephonySessionId: string,
    signal?: AbortSignal,
    priority?: 'action' | 'end',
  ): Promise<SessionView>;
}

/** A question for the operator, who answers on a page instead of the person at the host. */
export interface OperatorQuestion {
  principal: string;
  tool: string;
  /** The whole question, several lines. */
  message: string;
  offersGrant: boolean;
  /** Epoch ms. */
  askedAt: number;
  expiresAt: number;
}

export interface Operator {
  /** The signal's reason is the answer when it aborts. */
  ask(question: OperatorQuestion, signal: AbortSignal): Promise<Answer>;
}

import type { Feed } from '../../ringcentral/wire/feed.ts';
import type { Scope } from '../../ringcentral/wire/scope.ts';
import type { Clock } from '../../shared/clock.ts';
import { type OnDefect, throwLater } from '../../shared/listeners.ts';
import type { CallLog, Calls } from '../store/call-log.ts';
import type { BudgetWait, PlatformReader } from './platform-reader.ts';

export interface CallSyncOptions {
  calls: Calls;
  callLog: CallLog;
  feed: Feed;
  reader: PlatformReader;
  clock: Clock;
  scope: Scope;
  /** Without it, reads in the background are sent as soon as they are due. */
  budgetWaitMs?: BudgetWait;
  /** Light requests a minute that the platform allows; its default unless told. */
  lightPerMinute?: () => number;
  /**
   * Whether the feed delivers later what it could not deliver; true unless told, false for a webhook
   * (platform.md 6.4).
   */
  recovers?: boolean;
  /**
   * Another process has read everything, and the feed goes on where its stopped: nothing has to be read again, unless
   * the feed tells of a gap.
   */
  isContinued?: boolean;
  /** Another process has told readers of these calls before: what it did not hear they have to know of as lost. */
  hasPast?: boolean;
  /** Told of what must not happen: a listener that throws, an answer that cannot be merged. */
  onDefect?: OnDefect;
}

/** platform.md 7. */
const defaultLightPerMinute = 50;

/** The options, with what holds for those that were not given. */
export const withDefaults = ({
  budgetWaitMs = () => 0,
  lightPerMinute = () => defaultLightPerMinute,
  recovers = true,
  isContinued = false,
  hasPast = false,
  onDefect = throwLater,
  ...given
}: CallSyncOptions): Required<CallSyncOptions> => ({
  ...given,
  budgetWaitMs,
  lightPerMinute,
  recovers,
  isContinued,
  hasPast,
  onDefect,
});

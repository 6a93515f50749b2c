import type { SessionView } from '../../../calls/store/views.ts';
import { type CallParty, hasLeft } from '../../../ringcentral/wire/session.ts';
import { BoundedMap } from '../../../shared/bounded.ts';
import type { Clock } from '../../../shared/clock.ts';
import type { Action } from '../../action.ts';
import type { ActOutcome } from '../../contract.ts';
import type { CallsPort } from '../../ports.ts';
import { SNAPSHOT_MS } from '../read-calls.ts';

/** A way in which somebody is kept from hearing, or a recording from going on. */
interface Kind {
  causes(action: Action): boolean;
  ends(action: Action): boolean;
  /** A state of the party shows that it is not so, or not any more. */
  isOver(party: CallParty, action: Action): boolean;
  /** The same before an act that causes it; what was there already was caused by somebody else. */
  isAbsent?(party: CallParty): boolean;
  /** Neither events nor readings show that somebody else ended it and began another. */
  isUntold?: true;
  /** Why a person is asked before it ends. */
  because: string;
}

/** Why, where this agent caused it, and events that would tell of another since are missing. */
const maybeAnothers =
  'since this agent did that, somebody else may have done it anew, and nothing would tell';

export const kinds: readonly Kind[] = [
  {
    causes: ({ tool }) => tool === 'hold_call_party',
    ends: ({ tool }) => tool === 'unhold_call_party',
    isOver: ({ status }) => status.code !== 'Hold',
    because: 'this agent did not put the call on hold',
  },
  {
    causes: ({ tool, args }) => tool === 'update_call_party' && args.muted === true,
    ends: ({ tool, args }) => tool === 'update_call_party' && args.muted === false,
    isOver: ({ muted }) => muted === false,
    because: 'this agent did not mute the microphone',
  },
  {
    causes: ({ tool, args }) => tool === 'update_call_party' && args.standAlone === true,
    ends: ({ tool, args }) => tool === 'update_call_party' && args.standAlone === false,
    // Recorded answers say false whatever was done (platform.md 2.3.9).
    isOver: () => false,
    isAbsent: ({ standAlone }) => standAlone !== true,
    isUntold: true,
    because: 'this agent did not take the leg out of the conversation',
  },
  {
    causes: ({ tool, args }) => tool === 'pause_resume_call_recording' && args.active === false,
    ends: ({ tool, args }) => tool === 'pause_resume_call_recording' && args.active === true,
    isOver: ({ recordings }, { args }) =>
      recordings?.some(({ id, active }) => id === args.recordingId && active) === true,
    because: 'this agent did not pause the recording',
  },
];

/** More than there are silences at a time on the calls of one login. */
const LIMIT = 1_000;

/** Ends of an act after which the silence may be there. */
const mayHold: ReadonlySet<ActOutcome['result']> = new Set([
  ...(['observed', 'accepted', 'unknown_outcome', 'internal'] as const),
]);

/**
 * Tells other processes which silences this one knows to be an agent's: it alone has watched them since. Where nobody
 * tells so, a person is asked.
 */
export interface SharedSilences {
  /** Tells of a silence for `SNAPSHOT_MS`, and as long as `isWatched` answers true. */
  share(silence: string, principal: string, isWatched: () => boolean): Promise<void>;
  /** It is over, or may be another by now. */
  withdraw(silence: string): Promise<void>;
  /** Whether another process tells now that this principal's agent caused it. */
  isShared(silence: string, principal: string): Promise<boolean>;
}

/** For a process that is alone. */
export const noSharedSilences: SharedSilences = {
  async share() {},
  async withdraw() {},
  isShared: async () => false,
};

/** Knows which silences an agent caused: ending another's lets people hear what was meant to be kept from them. */
export interface Silences {
  /**
   * The request of an act is about to leave: a silence that is there by now was caused by somebody else.
   * @param reading the call as the act was judged by; the call store may know more by now
   * @returns to be called with how the act ended; resolves when other processes know
   */
  sending(action: Action, reading: SessionView | undefined): (result: ActOutcome['result']) => Promise<void>;
  /** Why a person is asked before this ends a silence; undefined where it ends none, or one of the same principal. */
  reason(action: Action, call: SessionView | undefined): Promise<string | undefined>;
}

/** The act that caused a silence, when it ended, and the run of events that it ended in. */
interface Cause {
  kind: Kind;
  action: Action;
  at: number;
  run: number | undefined;
}

export function createSilences(
  calls: CallsPort,
  clock: Clock,
  shared: SharedSilences = noSharedSilences,
): Silences {
  const causes = new BoundedMap<string, Cause>(LIMIT);
  const keyOf = (kind: Kind, { telephonySessionId, partyId, args }: Action): string =>
    [kinds.indexOf(kind), telephonySessionId, partyId, args.recordingId].join(' ');
  const runOf = ({ telephonySessionId }: Action) =>
    telephonySessionId === undefined ? undefined : calls.eventRun(telephonySessionId);
  const partyOf = ({ partyId }: Action, call: SessionView | undefined) =>
    call?.parties.find(({ id }) => id === partyId);

  /** Whether events told of everything since: else somebody can have ended it and begun another. */
  const isWatched = ({ kind, action, run }: Cause): boolean =>
    !kind.isUntold && run !== undefined && run === runOf(action);
  const isOf = async (key: string, principal: string): Promise<boolean> => {
    const cause = causes.get(key);
    if (cause === undefined) return shared.isShared(key, principal);
    if (cause.action.principal !== principal) return false;
    return isWatched(cause) || Math.abs(clock.now() - cause.at) <= SNAPSHOT_MS;
  };

  calls.onParty((_call, party) => {
    for (const [key, { kind, action }] of causes) {
      if (action.partyId !== party.id || !(hasLeft(party) || kind.isOver(party, action))) continue;
      causes.delete(key);
      shared.withdraw(key).catch(() => {
        // Where nobody can be told, nobody relies on it either.
      });
    }
  });

  return {
    sending(action, reading) {
      const read = partyOf(action, reading);
      const { telephonySessionId } = action;
      const now = telephonySessionId && partyOf(action, calls.call(telephonySessionId));
      const isAbsent = (kind: Kind, party: CallParty) => kind.isAbsent?.(party) ?? kind.isOver(party, action);
      const caused = kinds.filter(
        (kind) => kind.causes(action) && read && isAbsent(kind, read) && isAbsent(kind, now || read),
      );
      return async (result) => {
        if (!mayHold.has(result)) return;
        const ended = kinds.filter((kind) => kind.ends(action)).map((kind) => keyOf(kind, action));
        for (const key of ended) causes.delete(key);
        const begun = caused.map((kind) => {
          const cause = { kind, action, at: clock.now(), run: runOf(action) };
          const key = keyOf(kind, action);
          causes.set(key, cause);
          return { key, isHeld: () => causes.get(key) === cause && isWatched(cause) };
        });
        await Promise.all([
          ...ended.map((key) => shared.withdraw(key)),
          ...begun.map(({ key, isHeld }) => shared.share(key, action.principal, isHeld)),
        ]);
      };
    },
    async reason(action, call) {
      const party = partyOf(action, call);
      for (const kind of kinds) {
        if (!kind.ends(action) || (party && kind.isOver(party, action))) continue;
        const key = keyOf(kind, action);
        if (await isOf(key, action.principal)) continue;
        return causes.get(key)?.action.principal === action.principal ? maybeAnothers : kind.because;
      }
      return undefined;
    },
  };
}

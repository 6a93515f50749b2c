import { Failure } from '../base/failure.ts';
import type { LiveCalls } from '../calls/live-calls.ts';
import type { HistoryEntry, SessionView } from '../calls/view.ts';
import { statusCodes } from '../ringcentral/wire/session.ts';

/** Conditions beside the party states of FACTS 3.3. */
export const conditions = ['left', 'muted', 'unmuted', 'recording'] as const;
const words: readonly string[] = [...statusCodes, ...conditions];

type Happened = Omit<HistoryEntry, 'cursor' | 'time' | 'late'>;

/** Whether what happened is what is waited for. */
export type Until = (entry: Happened) => boolean;

/**
 * What `word` means, of one party where it is named. Throws `invalid_input` for a word that means nothing.
 * @returns undefined without a word: anything will do.
 */
export function untilOf(
  word: string | undefined,
  partyId: string | undefined,
  calls: LiveCalls,
): Until | undefined {
  if (word === undefined) return undefined;
  const known = words.find((one) => one.toLowerCase() === word.toLowerCase());
  if (known === undefined) {
    throw new Failure('invalid_input', `until: ${word} is none of ${words.join(', ')}.`, {
      parameter: 'until',
    });
  }
  const is = meaningOf(known);
  const concerns = partyId === undefined ? counting[known] : undefined;
  if (concerns === undefined) return is;
  return (entry) => is(entry) && concerns(entry, calls.session(entry.telephonySessionId));
}

function meaningOf(word: string): Until {
  switch (word) {
    case 'left':
      return ({ status }) => status === 'Disconnected' || status === 'Gone';
    case 'muted':
      return ({ muted }) => muted === true;
    case 'unmuted':
      return ({ muted }) => muted === false;
    case 'recording':
      return ({ recording }) => recording === true;
    default:
      return ({ status }) => status === word;
  }
}

/** Where no party is named, some things count of certain parties only. */
const counting: Readonly<Record<string, (entry: Happened, call: SessionView | undefined) => boolean>> = {
  // The caller's leg is Answered before anybody picks up (FACTS 4.6 b), unless it is one that joined a call.
  Answered: ({ direction, reason }, call) =>
    direction !== 'Outbound' ||
    reason !== undefined ||
    call?.origin?.type === 'Conference' ||
    call?.parties.some((party) => party.direction === 'Inbound' && isTalking(party.status.code)) === true,
  muted: isYours,
  // Every event of a party that is not muted says so.
  unmuted: isYours,
};

const isTalking = (code: string): boolean => code === 'Answered' || code === 'Hold';

function isYours({ partyId }: Happened, call: SessionView | undefined): boolean {
  return call?.yourPartyId === undefined || call.yourPartyId === partyId;
}

import type { OperationName } from './api.ts';
import { notAllowed, notFound, wrongRecordingState, wrongState } from './errors.ts';
import { hasCompany, isOver, PARTY_CODES, type Party, type PartyCode } from './model.ts';
import type { Extension, World } from './world.ts';

/**
 * How sure a rule is: `documented` by RingCentral, `observed` (recordings, official client code, forum), or
 * `assumed`: nothing public settles it and this is a reasonable choice (platform.md 2.2 and 12).
 */
export type Evidence = 'documented' | 'observed' | 'assumed';

/** What an operation needs of the party that it acts on (platform.md 2.2). */
export interface StateRule {
  /**
   * `own`: a party of the login's extension, or, where the account's `adminActsOnOthers` is on, of any for an
   * administrator (assumed). `login`: of the login's extension, whatever the account says.
   */
  whose: 'own' | 'login' | 'any';
  /** Status codes in which it works; in every other one it is refused. */
  states: Partial<Record<PartyCode, Evidence>>;
  /** Only for an inbound party. */
  inbound?: Evidence;
  /** Only for the party of a queue's agent. */
  queueCall?: Evidence;
  /** Only with a person at the other end: not while it rings, in voicemail or at a menu. */
  company?: Evidence;
  /** The refusal in a wrong state: 409 TAS-102, 403 TAS-101, or 404 as if it were no longer there. */
  refusal: { as: 'TAS-102' | 'TAS-101' | 'CMN-102'; evidence: Evidence };
}

/** The operations that act on a party. */
export type PartyOperation = Exclude<
  OperationName,
  'createCallOutCallSession' | 'createConferenceCallSession' | 'readCallSessionStatus' | 'deleteCallSession'
>;

const ringing = { Setup: 'documented', Proceeding: 'documented' } as const;
const seen409 = { as: 'TAS-102', evidence: 'observed' } as const;
const assumed409 = { as: 'TAS-102', evidence: 'assumed' } as const;
const everyCode = Object.fromEntries(PARTY_CODES.map((code) => [code, 'documented' as const]));

/**
 * The table of operations and party states, with the evidence of each cell. For bring-in and bridge it holds for the
 * party that the body names too, for supervision of a session for the agent's party.
 */
export const STATE_RULES: Record<PartyOperation, StateRule> = {
  readCallPartyStatus: { whose: 'any', states: everyCode, refusal: assumed409 },
  answerCallParty: {
    whose: 'own',
    states: { Setup: 'assumed', Proceeding: 'documented', VoiceMailScreening: 'assumed' },
    inbound: 'documented',
    refusal: assumed409,
  },
  rejectParty: { whose: 'own', states: ringing, inbound: 'documented', refusal: assumed409 },
  forwardCallParty: { whose: 'own', states: ringing, inbound: 'documented', refusal: assumed409 },
  replyParty: {
    whose: 'own',
    states: { Setup: 'assumed', Proceeding: 'assumed' },
    inbound: 'documented',
    refusal: assumed409,
  },
  ignoreCallInQueue: { whose: 'own', states: ringing, queueCall: 'documented', refusal: assumed409 },
  holdCallParty: {
    whose: 'own',
    // In `Hold` where only the phone holds: its flag is another one than the API's (platform.md 2.3.9).
    states: { Answered: 'observed', Hold: 'documented' },
    company: 'observed',
    refusal: seen409,
  },
  unholdCallParty: { whose: 'own', states: { Hold: 'observed' }, refusal: seen409 },
  updateCallParty: {
    whose: 'own',
    states: { Answered: 'assumed', Hold: 'assumed' },
    refusal: seen409,
  },
  transferCallParty: {
    whose: 'own',
    states: { Answered: 'documented', Hold: 'documented' },
    company: 'assumed',
    refusal: seen409,
  },
  callParkParty: {
    whose: 'own',
    states: { Answered: 'observed' },
    inbound: 'documented',
    company: 'assumed',
    refusal: assumed409,
  },
  callFlipParty: {
    whose: 'own',
    states: { Answered: 'assumed', Hold: 'assumed' },
    company: 'assumed',
    refusal: assumed409,
  },
  // Both parties belong to the caller (platform.md 2.2).
  bridgeCallParty: {
    whose: 'login',
    states: { Answered: 'documented', Hold: 'documented' },
    company: 'observed',
    refusal: seen409,
  },
  createCallPartyWithBringIn: {
    whose: 'own',
    states: { Answered: 'documented', Hold: 'assumed' },
    company: 'assumed',
    refusal: assumed409,
  },
  startCallRecording: {
    whose: 'own',
    states: { Answered: 'documented', Hold: 'assumed' },
    company: 'assumed',
    refusal: { as: 'TAS-101', evidence: 'observed' },
  },
  pauseResumeCallRecording: {
    whose: 'own',
    states: { Answered: 'documented', Hold: 'assumed' },
    refusal: { as: 'TAS-101', evidence: 'assumed' },
  },
  superviseCallParty: {
    whose: 'any',
    states: { Answered: 'documented', Hold: 'assumed' },
    company: 'assumed',
    refusal: assumed409,
  },
  superviseCallSession: {
    whose: 'any',
    states: { Answered: 'documented', Hold: 'assumed' },
    company: 'assumed',
    refusal: assumed409,
  },
  pickupCallParty: { whose: 'any', states: { Parked: 'documented' }, refusal: assumed409 },
  // A conference participant's leg is `Gone` while the participant is in the conference (platform.md 2.3.5).
  deleteCallParty: {
    whose: 'any',
    states: {
      Setup: 'assumed',
      Proceeding: 'assumed',
      Answered: 'documented',
      Hold: 'assumed',
      Parked: 'documented',
      Gone: 'assumed',
    },
    refusal: { as: 'CMN-102', evidence: 'assumed' },
  },
};

/** Throws the refusal of the table if the party's state does not allow the operation. */
export function checkState(operation: PartyOperation, party: Party): void {
  const rule = STATE_RULES[operation];
  const refuse = (why: string) => {
    if (rule.refusal.as === 'CMN-102') return notFound('partyId', party.id);
    return rule.refusal.as === 'TAS-101' ? wrongRecordingState(why) : wrongState(why);
  };
  if (rule.states[party.code] === undefined) throw refuse(party.code);
  if (rule.inbound !== undefined && party.direction !== 'Inbound') throw refuse('not an incoming call');
  if (rule.queueCall !== undefined && party.queueName === undefined) throw refuse('not a queue call');
  if (rule.company !== undefined && !hasCompany(party)) throw refuse('nobody at the other end');
  if (rule.whose === 'any') return;
  if (party.serves !== undefined && isOver(party.serves)) throw refuse('the caller has left');
  // A reply is being spoken: the call is about to end (assumed).
  if (party.reason === 'CallReplied') throw refuse('a reply is being spoken');
}

/** Throws TAS-106 if the party is another's and the login may not act on it. */
export function checkOwner(operation: PartyOperation, party: Party, login: Extension, world: World): void {
  const { whose } = STATE_RULES[operation];
  if (whose === 'any' || party.extensionId === login.id) return;
  const other = whose === 'own' && party.extensionId !== undefined && actsOnOthers(world, login);
  if (!other) throw notAllowed('the party is not yours');
}

/** Whether the login may act on the parties and calls of others. Undocumented, therefore a switch of the account. */
export function actsOnOthers({ account }: World, login: Extension): boolean {
  return login.admin && account.adminActsOnOthers;
}

import { type Actor, ApiError, type OperationName, type OperationPath, type Reply } from '../api.ts';
import { type Body, parseBody } from '../bodies.ts';
import { missing } from '../errors.ts';
import type { Pbx } from '../pbx.ts';
import { checkOwner, checkState } from '../states.ts';
import { bridgeCallParty } from './bridge.ts';
import { createCallPartyWithBringIn, createConferenceCallSession } from './conference.ts';
import {
  type AccountContext,
  findCall,
  findParty,
  type PartyContext,
  type SessionContext,
} from './context.ts';
import { callFlipParty } from './flip.ts';
import { callParkParty, pickupCallParty } from './park.ts';
import { pauseResumeCallRecording, startCallRecording } from './recording.ts';
import { answerCallParty, ignoreCallInQueue, rejectParty, replyParty } from './ringing-call.ts';
import {
  createCallOutCallSession,
  deleteCallParty,
  deleteCallSession,
  readCallPartyStatus,
  readCallSessionStatus,
} from './session.ts';
import { superviseCallParty, superviseCallSession } from './supervision.ts';
import { holdCallParty, unholdCallParty, updateCallParty } from './talk.ts';
import { forwardCallParty, transferCallParty } from './transfer.ts';

type Operations<Context, Names extends OperationName> = {
  [O in Names]: (context: Context, body: Body<O>) => Reply;
};

type AccountOperation = 'createCallOutCallSession' | 'createConferenceCallSession';
type SessionOperation =
  | 'readCallSessionStatus'
  | 'deleteCallSession'
  | 'createCallPartyWithBringIn'
  | 'superviseCallSession';
type OnParty = Exclude<OperationName, AccountOperation | SessionOperation>;

const ON_ACCOUNT: Operations<AccountContext, AccountOperation> = {
  createCallOutCallSession,
  createConferenceCallSession,
};

const ON_SESSION: Operations<SessionContext, SessionOperation> = {
  readCallSessionStatus,
  deleteCallSession,
  createCallPartyWithBringIn,
  superviseCallSession,
};

const ON_PARTY: Operations<PartyContext, OnParty> = {
  readCallPartyStatus,
  updateCallParty,
  deleteCallParty,
  holdCallParty,
  unholdCallParty,
  callParkParty,
  callFlipParty,
  replyParty,
  bridgeCallParty,
  ignoreCallInQueue,
  superviseCallParty,
  rejectParty,
  startCallRecording,
  pauseResumeCallRecording,
  answerCallParty,
  transferCallParty,
  pickupCallParty,
  forwardCallParty,
};

/**
 * Carries an operation out. Checked in this order: the ids in the path, the body, whose party it is and its state,
 * then what the operation itself needs.
 *
 * @throws ApiError the refusal
 */
export function operate(
  pbx: Pbx,
  operation: OperationName,
  actor: Actor,
  path: OperationPath,
  body: unknown,
): Reply {
  const login = pbx.world.extensions.get(actor.extensionId);
  if (login === undefined) throw new ApiError(403, 'CMN-404', 'The extension does not exist');
  const context: AccountContext = { pbx, login };
  if (isIn(ON_ACCOUNT, operation)) return run(ON_ACCOUNT, operation, context, parseBody(operation, body));
  const session: SessionContext = { ...context, call: findCall(pbx, path.telephonySessionId) };
  if (isIn(ON_SESSION, operation)) return run(ON_SESSION, operation, session, parseBody(operation, body));
  const party = findParty(session.call, path.partyId);
  const parsed = parseBody(operation, body);
  // All members of this body are optional, the body is not (platform.md 2.1).
  if (operation === 'updateCallParty' && body === undefined) throw missing('body');
  checkOwner(operation, party, login, pbx.world);
  checkState(operation, party);
  return run(ON_PARTY, operation, { ...session, party, recordingId: path.recordingId }, parsed);
}

function isIn<T extends object>(table: T, operation: OperationName): operation is OperationName & keyof T {
  return Object.hasOwn(table, operation);
}

function run<Context, Names extends OperationName, O extends Names>(
  table: Operations<Context, Names>,
  operation: O,
  context: Context,
  body: Body<O>,
): Reply {
  return table[operation](context, body);
}

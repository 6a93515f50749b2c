import { answerCallParty } from './answer-call-party.ts';
import { bridgeCallParty } from './bridge-call-party.ts';
import { callFlipParty } from './call-flip-party.ts';
import { callParkParty } from './call-park-party.ts';
import { cancelPlan } from './cancel-plan.ts';
import { consultAndTransfer } from './consult-and-transfer.ts';
import { createCallOutCallSession } from './create-call-out-call-session.ts';
import { createCallPartyWithBringIn } from './create-call-party-with-bring-in.ts';
import { createConferenceCallSession } from './create-conference-call-session.ts';
import { deleteCallParty } from './delete-call-party.ts';
import { deleteCallSession } from './delete-call-session.ts';
import { findExtensions } from './find-extensions.ts';
import { forwardCallParty } from './forward-call-party.ts';
import { holdCallParty } from './hold-call-party.ts';
import { ignoreCallInQueue } from './ignore-call-in-queue.ts';
import { listActiveCalls } from './list-active-calls.ts';
import { listCallFlipNumbers } from './list-call-flip-numbers.ts';
import { listDevices } from './list-devices.ts';
import { listMonitoredExtensions } from './list-monitored-extensions.ts';
import { mergeCalls } from './merge-calls.ts';
import { pauseResumeCallRecording } from './pause-resume-call-recording.ts';
import { pickupCallParty } from './pickup-call-party.ts';
import { readCallPartyStatus } from './read-call-party-status.ts';
import { readCallRecording } from './read-call-recording.ts';
import { readCallSessionStatus } from './read-call-session-status.ts';
import { rejectParty } from './reject-party.ts';
import { replyParty } from './reply-party.ts';
import type { Tool } from './runtime/define-tool.ts';
import { startCallRecording } from './start-call-recording.ts';
import { superviseCallParty } from './supervise-call-party.ts';
import { superviseCallSession } from './supervise-call-session.ts';
import { swapCalls } from './swap-calls.ts';
import { transferCallParty } from './transfer-call-party.ts';
import { unholdCallParty } from './unhold-call-party.ts';
import { updateCallParty } from './update-call-party.ts';
import { waitForCallEvent } from './wait-for-call-event.ts';

/** All tools, in the order in which clients list them: the look-ups first, then plans, then the platform's 24 operations. */
export const tools: readonly Tool[] = [
  listActiveCalls,
  waitForCallEvent,
  listDevices,
  findExtensions,
  listCallFlipNumbers,
  listMonitoredExtensions,
  readCallRecording,
  consultAndTransfer,
  mergeCalls,
  swapCalls,
  cancelPlan,
  createCallOutCallSession,
  createConferenceCallSession,
  readCallSessionStatus,
  deleteCallSession,
  createCallPartyWithBringIn,
  readCallPartyStatus,
  updateCallParty,
  deleteCallParty,
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
  holdCallParty,
  pickupCallParty,
  forwardCallParty,
  superviseCallSession,
];

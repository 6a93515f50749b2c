import { defineAction } from './runtime/define-action.ts';
import { ownPartyId, telephonySessionId } from './runtime/parameters.ts';

export const startCallRecording = defineAction({
  name: 'start_call_recording',
  title: 'Start recording',
  description:
    'Record your call: people normally hear an announcement. Consent laws apply: a person is asked first. To ' +
    'resume a paused recording use pause_resume_call_recording with the recording id. Works in Answered, not ' +
    'in conferences. Under 30 s is not kept.',
  input: { telephonySessionId, partyId: ownPartyId },
  risk: 'listen',
  idempotent: false,
  party: 'own',
  worksIn: ['Answered'],
  effect: {
    does: 'record the call{withThem}',
    heard: 'Participants normally hear an announcement; it can be switched off in the account.',
    undo: 'Cannot be undone: what is recorded stays in the account.',
  },
  proof: 'answer',
  shows: ({ recording }) => recording?.active === true,
  awaits: 'the call is being recorded',
  done: 'The call is being recorded.',
});

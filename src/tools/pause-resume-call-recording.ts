import { z } from 'zod';
import { defineAction } from './runtime/define-action.ts';
import { ownPartyId, recordingId, telephonySessionId } from './runtime/parameters.ts';

export const pauseResumeCallRecording = defineAction({
  name: 'pause_resume_call_recording',
  title: 'Pause or resume recording',
  description:
    'Pause a recording of your call, e.g. while a card number is spoken, or resume it. An automatic one may ' +
    'refuse. Works in Answered, Hold. People may hear an announcement. For a first recording use ' +
    'start_call_recording.',
  input: {
    telephonySessionId,
    partyId: ownPartyId,
    recordingId,
    active: () => z.boolean().describe('false: pause, true: resume'),
  },
  risk: 'reversible',
  idempotent: true,
  party: 'own',
  worksIn: ['Answered', 'Hold'],
  effect: ({ active }) =>
    active
      ? {
          does: 'resume recording the call{withThem}',
          heard: 'What is said from now on is recorded.',
          undo: 'Can be undone: recording can be paused again, but what was recorded stays.',
        }
      : {
          does: 'pause recording the call{withThem}',
          heard: 'What is said from now on is not recorded.',
          undo: 'Can be undone: recording can be resumed, but what was said meanwhile is missing.',
        },
  body: ({ active }) => ({ active }),
  proof: 'answer',
  shows: ({ recording }, { active }) => recording?.active === active,
  goesOn: ({ active }) => (active ? undefined : 'Still recording: what is said now is recorded.'),
  awaits: ({ active }) => (active ? 'recording goes on' : 'the recording is paused'),
  done: ({ active }) => (active ? 'Recording goes on.' : 'Recording is paused.'),
});

import { defineAction } from './runtime/define-action.ts';
import { telephonySessionId } from './runtime/parameters.ts';

export const deleteCallSession = defineAction({
  name: 'delete_call_session',
  title: 'End call for everyone',
  description:
    'Hang up for everyone: all are cut off without announcement, for good. A person is asked first, but ' +
    'not for a call that you placed and nobody answered. Works in ' +
    'any live state. To drop one party use delete_call_party, to leave it to others bridge_call_party or ' +
    'transfer_call_party, if ringing reject_party.',
  input: { telephonySessionId },
  risk: 'destructive',
  idempotent: true,
  effect: {
    does: 'hang up for everyone on the call{withThem}',
    heard: 'Everyone on the call is cut off without an announcement.',
    undo: 'Cannot be undone: the call cannot be brought back.',
  },
  proof: 'event',
  // The whole call: your own leg can have left while the others talk on.
  shows: ({ call }) => call?.over === true,
  awaits: 'the call has ended',
  done: 'The call has ended for everyone.',
  doneOwn: 'The call has ended; nobody had answered it.',
});

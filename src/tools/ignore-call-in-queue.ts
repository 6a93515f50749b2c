import { hasLeft, isQueueCall } from '../ringcentral/wire/session.ts';
import { defineAction } from './runtime/define-action.ts';
import { deviceId, ownPartyId, telephonySessionId } from './runtime/parameters.ts';

export const ignoreCallInQueue = defineAction({
  name: 'ignore_call_in_queue',
  title: 'Ignore a queue call',
  description:
    'Stop a queue call (queueCall: true) from ringing here: the queue offers it to the next agent and the ' +
    'caller notices nothing. Works in Setup, Proceeding. For other calls use reject_party.',
  input: { telephonySessionId, partyId: ownPartyId, deviceId },
  risk: 'redirect',
  idempotent: true,
  party: 'own',
  worksIn: ['Setup', 'Proceeding'],
  only: { calls: 'queue calls', is: isQueueCall },
  phone: 'deviceId',
  effect: {
    does: 'pass the queue call from {them} on to the next agent',
    heard: 'The caller stays in the queue and notices nothing.',
    undo: 'Cannot be undone: it no longer rings here.',
  },
  body: (args) => ({ deviceId: args.deviceId }),
  proof: 'event',
  shows: ({ party }) => party !== undefined && hasLeft(party),
  awaits: 'it has stopped ringing',
  done: (_args, onYou) =>
    `The call no longer rings ${onYou ? 'here' : 'there'}; the queue offers it to the next agent.`,
});

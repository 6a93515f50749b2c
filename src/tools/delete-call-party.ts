import { z } from 'zod';
import { hasLeft, isBroughtIn } from '../ringcentral/wire/session.ts';
import { defineAction } from './runtime/define-action.ts';
import { partyId, telephonySessionId } from './runtime/parameters.ts';

export const deleteCallParty = defineAction({
  name: 'delete_call_party',
  title: 'Drop one party',
  description:
    'Drop one party without announcement: a conference participant, a parked caller, or your supervising leg.' +
    ' The others talk on. A person is asked first, but not to stop your own listening. To end the whole call use delete_call_session, to refuse a' +
    ' ringing one reject_party.',
  input: {
    telephonySessionId,
    partyId: () => partyId('Party to drop'),
    keepConferenceAlive: () =>
      z.boolean().optional().describe('true: conference outlives its last participant'),
  },
  risk: 'destructive',
  idempotent: true,
  party: 'named',
  effect: (_args, onYou) =>
    onYou
      ? {
          does: 'take you off the call{withThem}',
          heard: 'You are cut off; the others are told nothing.',
          undo: 'Cannot be undone: you have to be called again to come back.',
        }
      : {
          does: 'drop {party} from the call{withThem}',
          heard: 'Whoever is dropped is cut off without an announcement; the others stay.',
          undo: 'Cannot be undone: whoever is dropped has to be called again to come back.',
        },
  body: ({ keepConferenceAlive }) =>
    keepConferenceAlive === undefined ? undefined : { keepConferenceAlive },
  proof: 'event',
  shows: ({ party }) => party !== undefined && hasLeft(party) && !isBroughtIn(party),
  awaits: '{party} is off the call',
  done: (_args, onYou) => (onYou ? 'You are off the call.' : '{party} is off the call.'),
  doneOwn: 'You no longer listen in; the others talk on.',
});

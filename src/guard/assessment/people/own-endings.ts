import { otherParties, ownParty } from '../../../calls/store/own-party.ts';
import type { PartyView, SessionView } from '../../../calls/store/views.ts';
import { hasLeft, isConference, isRinging, listensIn } from '../../../ringcentral/wire/session.ts';
import { BoundedMap } from '../../../shared/bounded.ts';
import type { Action, Effect } from '../../action.ts';
import type { ActOutcome } from '../../contract.ts';
import type { CallSnapshot } from '../call-snapshot.ts';
import { listeningTools } from './listeners.ts';
import { ringsAtThem } from './participants.ts';

/** More than one login has placed, or listens to, at a time. */
const LIMIT = 1_000;

const stopsCalling: Effect = {
  does: 'stop its own call{withThem}, which nobody has answered',
  heard: 'It stops ringing; a voicemail that has taken the call stops recording.',
  undo: 'Can be undone: they can be called again.',
};
const stopsListening: Effect = {
  does: 'stop listening in on the call{withThem}',
  heard: 'Nobody on the call notices; they talk on.',
  undo: 'Can be undone: you can listen in again after another yes.',
};

/** What a principal's agent began: a call that it placed, a leg that it listens in with. */
export type OwnThing = 'placed' | 'listening';

/** Remembers what was begun for whom, by the call's session id, or by the id of the leg that listens in. */
export interface OwnThings {
  add(thing: OwnThing, id: string, principal: string): Promise<void>;
  isOwn(thing: OwnThing, id: string, principal: string): Promise<boolean>;
}

/** Knows what this server began for whom, so that the same principal may end it (class `end-own`). */
export interface OwnEndings {
  /** Notes how an act ended: a call that it placed, a leg that it listens in with. */
  note(action: Action, outcome: ActOutcome): Promise<void>;
  /**
   * The words for an act that ends only what this server began for this principal, on the calls as they were just
   * read: a call that it placed and that nobody, or only an extension's voicemail, has answered, or its own listening
   * in. Undefined for every other act: whatever is not known counts as answered, and as somebody else's.
   */
  effectOf(action: Action, snapshot: CallSnapshot): Promise<Effect | undefined>;
}

export function createOwnEndings(own: OwnThings): OwnEndings {
  return {
    async note({ tool, principal }, { telephonySessionId, partyId }) {
      if (tool === 'create_call_out_call_session' && telephonySessionId !== undefined) {
        await own.add('placed', telephonySessionId, principal);
      }
      if (listeningTools.has(tool) && partyId !== undefined) await own.add('listening', partyId, principal);
    },
    async effectOf(action, { call, conferences }) {
      if (!call) return undefined;
      if (action.tool === 'delete_call_session') {
        if (conferences.length > 0 || !isUnanswered(call)) return undefined;
        // What announced its end was placed for this principal, by this process or by another of the server.
        const isOwn = action.isAnnounced || (await own.isOwn('placed', call.id, action.principal));
        return isOwn ? stopsCalling : undefined;
      }
      if (action.tool !== 'delete_call_party' || action.partyId === undefined) return undefined;
      const leg = call.parties.find(({ id }) => id === action.partyId);
      if (!leg || !isOwnListening(leg, call)) return undefined;
      return (await own.isOwn('listening', leg.id, action.principal)) ? stopsListening : undefined;
    },
  };
}

/** In memory. */
export function createOwnThings(): OwnThings {
  /** Principals. */
  const owners = {
    placed: new BoundedMap<string, string>(LIMIT),
    listening: new BoundedMap<string, string>(LIMIT),
  };
  return {
    async add(thing, id, principal) {
      owners[thing].set(id, principal);
    },
    isOwn: async (thing, id, principal) => owners[thing].get(id) === principal,
  };
}

/**
 * Whether a call that the own party placed rings, or is in voicemail, and nobody has been on its other side. A party
 * that has left may have talked before, a linked call may have somebody in it, and the caller's leg is answered early
 * (platform.md 4.6): where it alone is seen, only its own ringing shows that nobody has answered.
 */
function isUnanswered(call: SessionView): boolean {
  const own = ownParty(call);
  if (own === undefined || own.direction !== 'Outbound' || hasLeft(own)) return false;
  if (isConference(call) || call.memberOf !== undefined || (call.links ?? []).length > 0) return false;
  const others = otherParties(call);
  if (others.length === 0) return isRinging(own);
  return others.every((party) => ringsAtThem(party) || isMailbox(party, own));
}

/** An extension's voicemail; that of a phone outside answers like a person. Screening means that somebody listens. */
const isMailbox = ({ status, extensionId, accountId }: PartyView, own: PartyView): boolean =>
  status.code === 'VoiceMail' &&
  extensionId !== undefined &&
  (accountId === undefined || own.accountId === undefined || accountId === own.accountId);

function isOwnListening(leg: PartyView, call: SessionView): boolean {
  const own = ownParty(call);
  return listensIn(leg) && own?.extensionId !== undefined && leg.extensionId === own.extensionId;
}

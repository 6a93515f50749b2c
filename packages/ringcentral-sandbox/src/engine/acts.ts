import { type ActArguments, type ActName, ApiError } from './api.ts';
import { joinAsHost } from './conference.ts';
import { invalid, notFound, wrongState } from './errors.ts';
import { type Call, isOnTheLine, isOver, type Party, type Reason, successor } from './model.ts';
import { setHeld, setMuted } from './operations/talk.ts';
import { transfer } from './operations/transfer.ts';
import { parkByCode } from './parking.ts';
import type { Pbx } from './pbx.ts';
import { answer, decline, mailboxAnswers } from './ringing.ts';
import { type Dialling, leaveMenu, resolve } from './routing.ts';
import { hangUp } from './teardown.ts';

type Act = (pbx: Pbx, leg: Party, args: ActArguments) => void;

/** What a person does at a phone. There is no login and no permission: only the state of the leg matters. */
const ACTS: Record<Exclude<ActName, 'join'>, Act> = {
  answer(pbx, leg, { deviceId }) {
    if (leg.calledFirst !== undefined) {
      leg.calledFirst.answer();
      return;
    }
    if (leg.ringing === undefined && leg.code !== 'VoiceMailScreening') throw wrongState(leg.code);
    checkRings(leg, deviceId);
    answer(pbx, leg, deviceId);
  },
  decline: (pbx, leg, { deviceId }) => refuse(pbx, leg, 'Rejected', deviceId),
  busy: (pbx, leg, { deviceId }) => refuse(pbx, leg, 'TargetBusy', deviceId),
  voicemail(pbx, leg, { deviceId }) {
    checkRings(leg, deviceId);
    mailboxAnswers(pbx, leg, deviceId);
  },
  hold: (pbx, leg) => setHeld(pbx, onTheLine(leg), 'phone', true),
  unhold: (pbx, leg) => setHeld(pbx, onTheLine(leg), 'phone', false),
  mute: (pbx, leg) => setMuted(pbx, onTheLine(leg), 'phone', true),
  unmute: (pbx, leg) => setMuted(pbx, onTheLine(leg), 'phone', false),
  dtmf(pbx, leg, { digits }) {
    if (digits === undefined || !/^[\d*#]+$/.test(digits)) throw invalid('digits', digits);
    chooseInMenu(pbx, onTheLine(leg), digits.replace(/#$/, ''));
  },
  park: (pbx, leg) => void parkByCode(pbx, onTheLine(leg)),
  transfer: (pbx, leg, to) => transfer(pbx, onTheLine(leg), resolve(pbx.world, to, dialling(leg))),
  'leave-message'(pbx, leg) {
    const mailbox = leg.call.parties.find(
      (other) => (other === leg || other.serves === leg) && other.code.startsWith('VoiceMail'),
    );
    if (mailbox === undefined) throw wrongState('no voicemail listens');
    hangUp(pbx, mailbox.serves ?? mailbox);
  },
  hangup(pbx, leg) {
    if (leg.ringing !== undefined) decline(pbx, leg, 'Rejected');
    else hangUp(pbx, leg);
  },
};

/**
 * Does an act on the leg on which that party is now, which is another one after a move.
 *
 * @param partyId any id for `join`: the conference's host joins
 * @throws ApiError CMN-102 for an unknown party or a device that does not ring, CMN-101 for wrong arguments, TAS-102
 * for a state in which the act cannot be done
 */
export function act(pbx: Pbx, call: Call, partyId: string, name: ActName, args: ActArguments): void {
  if (name === 'join') {
    joinAsHost(pbx, call, args.deviceId);
    return;
  }
  const party = call.parties.find((candidate) => candidate.id === partyId);
  if (party === undefined) throw notFound('partyId', partyId);
  const leg = successor(party);
  if (isOver(leg)) throw wrongState(leg.code);
  ACTS[name](pbx, leg, args);
}

/** Does an act for every party of the call; those that cannot do it in their state are left out. */
export function actForAll(pbx: Pbx, call: Call, name: ActName): void {
  for (const party of [...call.parties]) {
    try {
      act(pbx, call, party.id, name, {});
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }
}

function refuse(pbx: Pbx, leg: Party, reason: Reason, deviceId: string | undefined): void {
  checkRings(leg, deviceId);
  if (leg.calledFirst === undefined) decline(pbx, leg, reason, deviceId);
  else leg.calledFirst.refuse(reason);
}

function dialling({ extensionId }: Party): Dialling {
  return extensionId === undefined ? {} : { extensionId };
}

/** The leg, if it talks, is held or supervises. Throws TAS-102 otherwise. */
function onTheLine(leg: Party): Party {
  if (leg.supervision === undefined && !isOnTheLine(leg)) throw wrongState(leg.code);
  return leg;
}

/** Throws CMN-102 if that device does not ring for the leg; without a device nothing is checked. */
function checkRings(leg: Party, deviceId: string | undefined): void {
  const rings = leg.ringing?.devices.has(deviceId ?? '') || leg.calledFirst?.deviceId === deviceId;
  if (deviceId !== undefined && !rings) throw notFound('deviceId', deviceId);
}

/** At a menu digits choose an extension by its number; anywhere else they have no effect. */
function chooseInMenu(pbx: Pbx, caller: Party, digits: string): void {
  const menuLeg = caller.call.parties.find(
    (leg) => leg.serves === caller && !isOver(leg) && pbx.world.ivrMenus.has(leg.extensionId ?? ''),
  );
  const chosen = pbx.world.dialPlan.get(digits);
  if (menuLeg !== undefined && chosen !== undefined) leaveMenu(pbx, menuLeg, chosen);
}

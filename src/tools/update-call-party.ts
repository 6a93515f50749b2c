import { z } from 'zod';
import type { Effect } from '../guard/action.ts';
import { atLeastOne } from './runtime/argument-rules.ts';
import { defineAction } from './runtime/define-action.ts';
import { ownPartyId, telephonySessionId } from './runtime/parameters.ts';

const microphone = {
  on: { does: 'unmute your microphone', heard: 'The others hear you again.' },
  off: { does: 'mute your microphone', heard: 'The others do not hear you.' },
};

/** Words for `standAlone`, with which a party is not connected to the others of its session. */
const leg = {
  out: {
    does: 'take your leg out of the conversation',
    heard: 'You and the others do not hear each other.',
  },
  back: {
    does: 'put your leg back into the conversation',
    heard: 'You and the others hear each other, unless you are muted or the call is on hold.',
  },
};

function effect({ muted, standAlone }: { muted?: boolean; standAlone?: boolean }): Effect {
  const changes = [
    ...(muted === undefined ? [] : [muted ? microphone.off : microphone.on]),
    ...(standAlone === undefined ? [] : [standAlone ? leg.out : leg.back]),
  ];
  const does = changes.map((change) => change.does).join(' and ');
  return {
    does: `${does} on the call{withThem}`,
    heard: changes.map(({ heard }) => heard).join(' '),
    undo: 'Can be undone at any time.',
  };
}

export const updateCallParty = defineAction({
  name: 'update_call_party',
  title: 'Mute or unmute',
  description:
    "Mute or unmute yourself: the others stop or start hearing you, you hear them. The phone's own mute is " +
    'separate. To silence the caller too use hold_call_party. Works in Answered and Hold.',
  input: {
    telephonySessionId,
    partyId: ownPartyId,
    muted: () => z.boolean().optional().describe('true: mute, false: unmute'),
    standAlone: () => z.boolean().optional().describe('true: out of the conversation, false: back in'),
  },
  risk: 'reversible',
  idempotent: true,
  party: 'own',
  worksIn: ['Answered', 'Hold'],
  check: (args) => atLeastOne(args, ['muted', 'standAlone']),
  effect,
  body: ({ muted, standAlone }) => ({
    ...(muted !== undefined && { muted }),
    ...(standAlone !== undefined && { standAlone }),
  }),
  proof: 'answer',
  shows: ({ party }, { muted, standAlone }) =>
    party !== undefined &&
    (muted === undefined || party.muted === muted) &&
    (standAlone === undefined || party.standAlone === standAlone),
  awaits: ({ muted }) =>
    muted === undefined ? 'the conversation has changed' : `you are ${muted ? '' : 'un'}muted`,
  done({ muted, standAlone }, onYou, { party }) {
    const who = onYou ? 'You are' : '{party} is';
    const isHeld = party?.status.code === 'Hold';
    return [
      muted === true && `${who} muted.`,
      muted === false && `${who} unmuted (unless the phone itself is muted).`,
      standAlone === true && `${who} out of the conversation: the others neither hear nor are heard there.`,
      standAlone === false && !isHeld && `${who} back in the conversation.`,
      standAlone === false && isHeld && `${who} back in the conversation once the call is off hold.`,
    ]
      .filter(Boolean)
      .join(' ');
  },
});

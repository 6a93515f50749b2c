import { describe, expect, it } from 'vitest';
import { isHarmlessInEmergency } from '../../src/guard/assessment/numbers/emergency.ts';
import { opensMicrophone } from '../../src/guard/assessment/people/confirmed-phones.ts';
import { sendsAway } from '../../src/guard/assessment/people/emergency-calls.ts';
import { listeningTools } from '../../src/guard/assessment/people/listeners.ts';
import { kinds as silences } from '../../src/guard/assessment/people/silences.ts';
import { rows as argumentRows } from '../../src/guard/confirmation/argument-lines.ts';
import { everyday } from '../../src/guard/limits/caps.ts';
import { targetTools } from '../../src/guard/policy/impossible-rules.ts';
import { tools } from '../../src/tools/index.ts';

/** Arguments with which a tool of some table is in it, and without which it may not be. */
const probes = [{}, ...[true, false].flatMap((on) => [{ muted: on }, { standAlone: on }, { active: on }])];
const withAnyArguments = (holds: (act: never) => boolean) => (tool: string) =>
  probes.some((args) => holds({ tool, args, risk: 'reversible' } as never));

/** The guard's tables of tools. */
const tables = {
  'opens a microphone': (tool) => opensMicrophone.has(tool),
  'listens unnoticed': (tool) => listeningTools.has(tool),
  'sends a ringing call away': (tool) => sendsAway.has(tool),
  'helps in an emergency': withAnyArguments(isHarmlessInEmergency),
  'silences, or ends a silence': withAnyArguments((act) =>
    silences.some((kind) => kind.causes(act) || kind.ends(act)),
  ),
  'is done many times a minute': (tool) => everyday.has(tool),
  'sends a call somewhere': (tool) => targetTools.includes(tool),
} as const satisfies Record<string, (tool: string) => boolean>;

/** In which tables each tool is that acts. A new one gets a row: go through the tables, and say what it does. */
const rows: Readonly<Record<string, readonly (keyof typeof tables)[]>> = {
  consult_and_transfer: ['opens a microphone'],
  merge_calls: [],
  swap_calls: [],
  cancel_plan: [],
  create_call_out_call_session: ['opens a microphone', 'sends a call somewhere'],
  create_conference_call_session: [],
  delete_call_session: ['sends a ringing call away'],
  create_call_party_with_bring_in: [],
  update_call_party: ['helps in an emergency', 'silences, or ends a silence', 'is done many times a minute'],
  delete_call_party: ['sends a ringing call away'],
  unhold_call_party: ['helps in an emergency', 'silences, or ends a silence', 'is done many times a minute'],
  call_park_party: [],
  call_flip_party: ['sends a call somewhere'],
  reply_party: ['sends a ringing call away'],
  bridge_call_party: [],
  ignore_call_in_queue: ['sends a ringing call away'],
  supervise_call_party: ['listens unnoticed'],
  reject_party: ['sends a ringing call away'],
  start_call_recording: [],
  pause_resume_call_recording: ['silences, or ends a silence', 'is done many times a minute'],
  answer_call_party: ['opens a microphone', 'helps in an emergency', 'is done many times a minute'],
  transfer_call_party: ['sends a call somewhere'],
  hold_call_party: ['silences, or ends a silence', 'is done many times a minute'],
  pickup_call_party: ['opens a microphone', 'is done many times a minute'],
  forward_call_party: ['sends a ringing call away', 'sends a call somewhere'],
  supervise_call_session: ['listens unnoticed'],
};

const acting = tools.filter(({ risk }) => risk !== 'read').map(({ name }) => name);

describe('the guard’s tables', () => {
  it('are said of every tool that acts, and of no other', () => {
    expect(Object.keys(rows).sort()).toEqual([...acting].sort());
  });

  it.each(Object.entries(rows))('have %s where it belongs', (tool, expected) => {
    const names = Object.keys(tables) as (keyof typeof tables)[];
    expect(names.filter((name) => tables[name](tool))).toEqual(expected);
  });

  it('name no tool that there is not', () => {
    const named = [...opensMicrophone, ...listeningTools, ...sendsAway, ...everyday, ...targetTools];
    expect(named.filter((name) => !acting.includes(name))).toEqual([]);
  });

  it('have a line in the question for every argument, unless the effect’s words or the target say it', () => {
    const saidElsewhere = new Set([
      // Which call, party, recording or plan.
      ...[
        'telephonySessionId',
        'partyId',
        'targetTelephonySessionId',
        'targetPartyId',
        'recordingId',
        'planId',
      ],
      // Where it goes.
      ...['toPhoneNumber', 'toExtensionNumber', 'phoneNumber', 'extensionNumber', 'extensionId', 'countryId'],
      ...['voicemail', 'parkOrbit', 'callFlipId', 'colleague'],
      // What happens.
      ...[
        'muted',
        'standAlone',
        'active',
        'replyWithText',
        'pattern',
        'time',
        'timeUnit',
        'ifAnswered',
        'ifNot',
      ],
      // Nothing for people.
      'idempotencyKey',
    ]);
    const names = tools
      .filter(({ risk }) => risk !== 'read')
      .flatMap(({ input }) => Object.keys(input().shape));
    const missing = [...new Set(names)].filter(
      (name) => !Object.hasOwn(argumentRows, name) && !saidElsewhere.has(name),
    );
    expect(missing).toEqual([]);
  });
});

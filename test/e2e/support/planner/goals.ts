import { setInterval } from 'node:timers/promises';
import type { Control, LoggedRequest, TrueCall, TrueParty, Truth } from '../control.ts';
import type { Leg, Stage } from '../operations.ts';
import type { Facts } from './planner.ts';

/** What the sandbox knows while a goal is pursued. */
export interface Known {
  truth: Truth;
  requests: readonly LoggedRequest[];
  /** The call that the goal began with; none where it began without. */
  began: TrueCall | undefined;
}

/** Something that somebody wants of the phone, from a cold start. */
export interface Goal {
  title: string;
  /** How the calls are when it begins; answers the call that it is about. */
  lay(stage: Stage): Promise<Leg | undefined>;
  facts: Facts;
  /** Colleagues who answer when they are rung, by extension. */
  answering?: readonly string[];
  /** The words of each intent, in order, and whether it is reached. */
  intents: readonly [words: string, isReached: (known: Known) => boolean][];
  /** So many questions are put to the person; none unless said. */
  asks?: number;
  /** What holds at last, where that takes its time. */
  endsWith?: (known: Known) => boolean;
}

/** Of 101, in the sandbox's default world. */
const mobile = '+12055550991';
const idle = async () => undefined;
const code = (is: string) => (party: TrueParty) => party.status.code === is;
const partyOf = ({ truth }: Known, extensionNumber: string, call: TrueCall | undefined) => {
  const extension = truth.extensions.find((one) => one.extensionNumber === extensionNumber);
  return call?.parties.findLast((party) => String(party.extensionId) === String(extension?.id));
};
/** The state of the last party of an extension in the call that the goal began with. */
const stateOf = (known: Known, extensionNumber: string) =>
  partyOf(known, extensionNumber, known.began)?.status;
const yoursIs = (is: string) => (known: Known) => stateOf(known, '101')?.code === is;
const isOver = (call: TrueCall | undefined) =>
  call?.parties.every((party) => ['Disconnected', 'Gone'].includes(party.status.code)) === true;
/** Whether a colleague's phone is in a state on any call. */
const isAnywhere = (known: Known, extensionNumber: string, is: string) =>
  known.truth.calls.some((call) => partyOf(known, extensionNumber, call)?.status.code === is);
const conferenceOf = ({ truth }: Known) => truth.calls.find(({ origin }) => origin.type === 'Conference');
/** Whom the host of the conference hears. */
const heard = (known: Known) =>
  conferenceOf(known)?.parties.find((party) => party.conferenceRole === 'Host')?.hears?.length ?? 0;
const isRecorded = (active: boolean) => (known: Known) =>
  known.began?.parties.some(({ recordings = [] }) => recordings.some((one) => one.active === active)) ===
  true;
const ended = ({ requests }: Known) =>
  requests.some(({ method, path }) => method === 'DELETE' && /sessions\/[^/]+$/.test(path));

/** The one that waits for a timer begins first. */
export const goals: readonly Goal[] = [
  {
    title: 'call out with a time limit',
    lay: idle,
    facts: { extensionNumber: '103', seconds: 15 },
    intents: [
      ['place call', (known) => known.truth.calls.some((call) => partyOf(known, '103', call) !== undefined)],
    ],
    endsWith: (known) => ended(known) && known.truth.calls.every(isOver),
  },
  {
    title: 'answer',
    lay: (stage) => stage.ringing(),
    facts: {},
    intents: [['answer', yoursIs('Answered')]],
  },
  {
    title: 'hold and resume',
    lay: (stage) => stage.talking(),
    facts: {},
    intents: [
      ['hold', yoursIs('Hold')],
      ['talk again', yoursIs('Answered')],
    ],
  },
  {
    title: 'blind transfer by name',
    lay: (stage) => stage.talking(),
    facts: { name: 'Bob Brown' },
    intents: [['transfer', (known) => stateOf(known, '101')?.reason === 'BlindTransfer']],
    endsWith: (known) => isAnywhere(known, '102', 'Proceeding'),
  },
  {
    title: 'warm transfer',
    lay: (stage) => stage.talking(),
    facts: { name: 'Bob' },
    answering: ['102'],
    asks: 1,
    intents: [['connect', (known) => stateOf(known, '101')?.reason === 'AttendedTransfer']],
  },
  {
    title: 'park and pick up',
    lay: (stage) => stage.talking(),
    facts: {},
    intents: [
      ['park', (known) => known.began?.parties.some(code('Parked')) === true],
      ['pick', (known) => stateOf(known, '101')?.reason === 'Pickup'],
    ],
  },
  {
    title: 'record and pause',
    asks: 1,
    lay: (stage) => stage.talking(),
    facts: {},
    intents: [
      ['record', isRecorded(true)],
      ['pause', isRecorded(false)],
    ],
  },
  {
    title: 'flip to the mobile',
    asks: 1,
    lay: (stage) => stage.talking(),
    facts: { label: 'My mobile' },
    intents: [['move', ({ began }) => began?.parties.some(({ to }) => to?.phoneNumber === mobile) === true]],
  },
  {
    title: 'conference of three',
    asks: 2,
    lay: (stage) => stage.talking(),
    facts: { extensionNumber: '102' },
    answering: ['102'],
    intents: [
      ['open conference', (known) => conferenceOf(known) !== undefined],
      ['join conference', (known) => heard(known) === 1],
      ['call', (known) => isAnywhere(known, '102', 'Answered')],
      ['join conference', (known) => heard(known) === 2],
    ],
  },
  {
    title: 'listen to a colleague',
    asks: 1,
    lay: (stage) => stage.othersCall(),
    facts: {},
    intents: [
      [
        'listen',
        (known) => known.began?.parties.some(({ status }) => status.reason === 'Supervising') === true,
      ],
    ],
  },
  {
    title: 'end a call with a yes',
    asks: 1,
    lay: (stage) => stage.talking(),
    facts: {},
    intents: [['hang up', ({ began }) => isOver(began)]],
  },
  {
    title: 'ignore a queue call',
    lay: (stage) => stage.queued(),
    facts: {},
    intents: [['ignore queue', yoursIs('Disconnected')]],
    endsWith: ({ began }) => !isOver(began),
  },
];

/**
 * What the people do whom no agent can stand in for: colleagues pick up, and the host's own phone joins a conference.
 * Looks until the signal aborts.
 */
export async function actAsPeople(
  control: Control,
  answering: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const done = new Set<string>();
  const isNew = (id: string) => !done.has(id) && done.add(id).has(id);
  for await (const _ of setInterval(20)) {
    if (signal.aborted) return;
    const truth = await control.state();
    for (const call of truth.calls) {
      const { telephonySessionId } = call;
      if (call.origin.type === 'Conference' && isNew(telephonySessionId)) {
        const [host] = call.parties;
        await control.act(telephonySessionId, host?.id ?? `${telephonySessionId}-1`, 'join', {
          deviceId: await control.deviceId('101'),
        });
      }
      for (const extensionNumber of answering) {
        const party = partyOf({ truth, requests: [], began: undefined }, extensionNumber, call);
        if (party?.status.code === 'Proceeding' && isNew(party.id))
          await control.act(telephonySessionId, party.id, 'answer', {
            deviceId: await control.deviceId(extensionNumber),
          });
      }
    }
  }
}

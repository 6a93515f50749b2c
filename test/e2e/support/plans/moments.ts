import { answers, declines, type PlanCase, type StepCase } from './cases.ts';
import { alice, bob, CannotHappen, type Colleague, type Scene, zoe } from './scene.ts';

/** Something bad, at a step of a plan. */
export interface Moment {
  title: string;
  /** At which steps it can happen. */
  at(step: StepCase, plan: PlanCase): boolean;
  /** A fault of the platform at the request of the step. */
  fault?: Record<string, unknown>;
  /** What happens while the plan is at the step. */
  happens?(scene: Scene, step: StepCase): Promise<unknown>;
  /**
   * Somebody acts on a call of the plan beside it. `ends`: who is left alone by it may be taken back, as when the other
   * side has hung up.
   */
  byHand?: 'changes' | 'ends';
  /** The plan is to turn back or to stop: people wait, so that it ends in one way. */
  stops?: true;
  /** The call on which it happens; absent: that of the step. */
  on?: 'consultation';
  /** How things are before the calls are laid out, so that the plan is refused. */
  before?(scene: Scene): void;
  /** How things are before it begins. */
  arrange?(scene: Scene): unknown;
  /** The host or the server ends: the result is what the next start tells. */
  ends?: true;
}

const always = () => true;
const acts = ({ request }: StepCase) => request !== undefined;
const consults = ({ tool }: PlanCase) => tool === 'consult_and_transfer';
/** Where it looks like the step's own act, nobody can tell whose it was. */
const isNot =
  (...names: string[]) =>
  ({ name }: StepCase) =>
    !names.includes(name);
/** Whether nobody has the call on hold yet that may be acted on. */
const isTalking = ({ name }: StepCase) => ['hold', 'open', 'host', 'bring first'].includes(name);
const rings = ({ name }: StepCase) => name === 'answer';
const isConsulted = (step: StepCase) => rings(step) || isTalked(step);
const isTalked = ({ name }: StepCase) => name === 'stays' || name === 'connect';

/** By a phone, or an app beside the agent. */
const phone =
  (act: string, args: object = {}) =>
  async (scene: Scene, { on }: StepCase) => {
    const call = await callOf(scene, on);
    await scene.control.act(call, (await scene.leg(call)).id, act, args).catch((error: Error) => {
      throw / 409 /.test(error.message) ? new CannotHappen(error.message) : error;
    });
  };
const app =
  (method: string, act: string, body?: object) =>
  async (scene: Scene, { on }: StepCase) => {
    const call = await callOf(scene, on);
    await scene.otherApp(method, `/sessions/${call}/parties/${(await scene.leg(call)).id}${act}`, body);
  };
export const callOf = async (scene: Scene, role: string): Promise<string> => {
  const call = role === 'consultation' ? await scene.consultation() : scene.calls[role];
  if (!call) throw new Error(`no ${role}`);
  return call;
};
const loseEvents = async ({ control }: Scene): Promise<void> => {
  await control.fault({ kind: 'ws-refuse', times: 1_000 });
  await control.fault({ kind: 'ws-close' });
};

const does =
  (colleague: Colleague) =>
  async (scene: Scene): Promise<void> => {
    scene.colleague = colleague;
  };
const answersAndThen =
  (act: string, args: object = {}): Colleague =>
  async (scene, id, party) => {
    await answers(scene, id, party);
    await scene.control.act(id, party.id, act, args);
  };
const mobile = '+14155550188';
/** Bob's calls go on to his mobile. */
const forwarded = (title: string, act: string): Moment => ({
  title,
  at: (step, plan) => consults(plan) && rings(step),
  arrange: ({ control }) =>
    control.patch(`/extensions/${bob}`, { ringGroups: [{ seconds: 60, phones: [mobile] }] }),
  happens: does(async ({ control }, id, { id: partyId }) => {
    await control.act(id, partyId, act, { deviceId: mobile });
  }),
});

const hand = (title: string, happens: Moment['happens'], at: Moment['at'] = always): Moment => ({
  ...{ title, at, byHand: /hang ?up/.test(title) ? 'ends' : 'changes' },
  ...(happens && { happens }),
});
const platform = (title: string, fault: Record<string, unknown>): Moment => ({
  ...{ title: `RingCentral ${title}`, at: acts, fault },
});
const bobs = (title: string, colleague: Colleague): Moment => ({
  title: `Bob ${title}`,
  at: (step, plan) => consults(plan) && rings(step),
  happens: does(colleague),
});

export const moments: readonly Moment[] = [
  {
    title: 'nothing bad',
    at: (step, plan) => step === plan.steps[0],
  },
  {
    title: 'emergency services have called back',
    at: (step, plan) => step === plan.steps[0],
    before(scene) {
      scene.caller = { ...scene.caller, emergencyCallback: true };
    },
  },
  {
    title: 'the caller hangs up',
    at: always,
    stops: true,
    async happens(scene, { on }) {
      const call = await callOf(scene, on);
      const { parties } = await scene.control.call(call);
      const outside = parties.find(({ direction, extensionId }) => direction === 'Outbound' && !extensionId);
      await scene.control.act(call, outside?.id ?? '', 'hangup');
    },
  },
  bobs('declines', declines),
  bobs('is busy', async ({ control }, id, { id: partyId }) => {
    await control.act(id, partyId, 'busy', { deviceId: await control.deviceId(bob) });
  }),
  bobs('answers and hangs up at once', answersAndThen('hangup')),
  bobs('answers and puts Alice on hold', answersAndThen('hold')),
  bobs('transfers the call on to Carol', answersAndThen('transfer', { extensionNumber: '103' })),
  bobs('transfers the call on to a number outside', answersAndThen('transfer', { phoneNumber: mobile })),
  bobs('transfers the call on to 911', answersAndThen('transfer', { phoneNumber: '911' })),
  forwarded('Bob answers at the mobile that his calls go on to', 'answer'),
  forwarded("the voicemail of Bob's mobile answers", 'voicemail'),
  ...(['busy', 'unreachable'] as const).map(
    (whenCalled): Moment => ({
      title: `Alice's own phone is ${whenCalled}`,
      at: (step, plan) => consults(plan) && step.name === 'call',
      arrange: async ({ control }) =>
        control.patch(`/devices/${await control.deviceId(alice)}`, { whenCalled }),
    }),
  ),
  {
    title: 'Bob hangs up',
    at: isTalked,
    async happens(scene) {
      const call = await callOf(scene, 'consultation');
      const bobsId = await scene.control.extensionId(bob);
      const { parties } = await scene.control.call(call);
      const leg = parties.find(({ extensionId }) => String(extensionId) === bobsId);
      await scene.control.act(call, leg?.id ?? '', 'hangup');
    },
  },
  {
    title: 'nobody answers',
    at: (step, plan) => consults(plan) && rings(step),
    happens: does(async () => {}),
  },
  {
    title: 'another call rings',
    at: always,
    async happens({ stage, calls }) {
      calls.ringing = (await stage.ringing(zoe)).telephonySessionId;
    },
  },
  {
    title: 'Alice answers another call',
    at: always,
    async happens({ stage, calls }) {
      calls.another = (await stage.talking(zoe)).telephonySessionId;
    },
  },
  {
    title: 'another plan wants the same calls',
    at: always,
    async happens(scene, _step) {
      scene.second = await scene.host.call(scene.tool, scene.args);
    },
  },
  hand('by hand: hold at the phone', phone('hold'), isNot('hold')),
  hand('by hand: unhold at the phone', phone('unhold'), isNot('take', 'undo', 'return')),
  hand('by hand: mute at the phone', phone('mute')),
  hand('by hand: hang up at the phone', phone('hangup')),
  hand('by hand: transfer at the phone', phone('transfer', { extensionNumber: '103' })),
  hand('another app: hold', app('POST', '/hold'), isTalking),
  hand('another app: unhold', app('POST', '/unhold'), (step) => !isTalking(step)),
  hand(
    'another app: unhold, while the events are lost',
    async (scene, step) => {
      await loseEvents(scene);
      await app('POST', '/unhold')(scene, step);
    },
    (step) => rings(step) || step.name === 'stays',
  ),
  hand('another app: mute', app('PATCH', '', { muted: true })),
  hand('another app: hang up', async (scene, { on }) =>
    scene.otherApp('DELETE', `/sessions/${await callOf(scene, on)}`),
  ),
  hand('another app: transfer', app('POST', '/transfer', { extensionNumber: '103' })),
  ...(['hold', 'mute', 'hangup'] as const).map((act) => ({
    ...hand(`by hand: ${act} at the phone, on the call with Bob`, phone(act), isConsulted),
    on: 'consultation' as const,
  })),
  {
    ...hand('another app: hold, on the call with Bob', app('POST', '/hold'), isConsulted),
    on: 'consultation',
  },
  platform('answers 409', { status: 409, errorCode: 'TAS-102' }),
  platform('answers 429', { status: 429, errorCode: 'CMN-301', retryAfterSeconds: 10 }),
  platform('answers 503', { status: 503 }),
  platform('does not answer', { hang: true }),
  platform('does it and breaks the connection', { applyThenDrop: true }),
  {
    title: 'the events are lost for good',
    at: always,
    happens: loseEvents,
  },
  {
    title: 'the event connection breaks and comes back',
    at: always,
    happens: ({ control }) => control.fault({ kind: 'ws-close' }),
  },
  {
    title: 'the event connection goes silent',
    at: always,
    happens: ({ control }) => control.fault({ kind: 'ws-freeze', ms: 120_000 }),
  },
  {
    title: 'the host cancels',
    at: always,
    stops: true,
    happens: async ({ cancelling }) => cancelling.abort(),
  },
  {
    title: 'the agent cancels the plan',
    at: always,
    stops: true,
    happens: ({ host }) => host.call('cancel_plan'),
  },
  { title: 'the host closes', at: always, ends: true, happens: async ({ host }) => void host.close() },
  { title: 'the host is killed', at: always, ends: true, happens: async ({ host }) => host.die() },
  {
    title: 'the server gets SIGTERM',
    at: always,
    ends: true,
    happens: async ({ host }) => host.server.child.kill('SIGTERM'),
  },
  {
    title: 'the server is killed',
    at: always,
    ends: true,
    happens: async ({ host }) => host.server.child.kill('SIGKILL'),
  },
];

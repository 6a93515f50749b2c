import { bob, type Colleague, eve, type RequestPattern, type Scene } from './scene.ts';

/** A step of a plan, and how a plan is brought to it. */
export interface StepCase {
  name: string;
  /** The request that it sends; absent: it waits. */
  request?(scene: Scene): RequestPattern;
  /** Resolves when the request of this step is the next that fits. */
  isNext?(scene: Scene): Promise<unknown>;
  /** Resolves when the plan waits in this step. */
  reached?(scene: Scene): Promise<unknown>;
  /** What happens on the way to it. */
  before?(scene: Scene): Promise<unknown>;
  /** What Bob has done when the plan is at this step. */
  colleague?: Colleague;
  /** Alice's phone has joined the conference then. */
  joined?: true;
  /** The call on which somebody may act by hand. */
  on: string;
}

export interface PlanCase {
  title: string;
  tool: string;
  /** Lays out the calls. */
  lay(scene: Scene): Promise<void>;
  steps: readonly StepCase[];
}

export const answers: Colleague = async ({ control }, id, { id: partyId }) => {
  await control.act(id, partyId, 'answer', { deviceId: await control.deviceId(bob) });
};
export const declines: Colleague = async ({ control }, id, { id: partyId }) => {
  await control.act(id, partyId, 'decline');
};

const post = (pathPattern: string): RequestPattern => ({ method: 'POST', pathPattern });
const holdOf = (id = '') => post(`/sessions/${id}/parties/*/hold`);
const unholdOf = (id = '') => post(`/sessions/${id}/parties/*/unhold`);
const bringIn = () => post('*/parties/bring-in');

const isRinging = (scene: Scene) => scene.control.ringsAt(bob);
const isAnswered = async (scene: Scene) => {
  const bobs = await scene.control.extensionId(bob);
  return scene.until('Bob has answered', async () => {
    const { calls } = await scene.control.state();
    return calls
      .flatMap(({ parties }) => parties)
      .find(({ extensionId, status }) => String(extensionId) === bobs && status.code === 'Answered');
  });
};

async function layHeld(scene: Scene): Promise<string> {
  const { telephonySessionId } = await scene.stage.talking(eve);
  const held = await scene.host.call('hold_call_party', { telephonySessionId });
  if (held.isError) throw new Error(JSON.stringify(held));
  return telephonySessionId;
}

/** A conference that Alice's phone has joined. */
async function layConference({ host, control }: Scene): Promise<string> {
  const made = await host.call('create_conference_call_session', {});
  const id: string = made.structuredContent?.call.id;
  await control.act(id, 'host', 'join');
  await control.party(id, ({ conferenceRole }) => conferenceRole === 'Host');
  await host.call('wait_for_call_event', { telephonySessionId: id, until: 'Answered' });
  return id;
}

const layConsultation =
  (args: object) =>
  async (scene: Scene): Promise<void> => {
    scene.calls.caller = (await scene.stage.talking(scene.caller)).telephonySessionId;
    scene.args = { colleague: bob, ...args };
  };

export const planCases: readonly PlanCase[] = [
  {
    title: 'consult_and_transfer',
    tool: 'consult_and_transfer',
    lay: layConsultation({}),
    steps: [
      { name: 'hold', on: 'caller', request: ({ calls }) => holdOf(calls.caller) },
      { name: 'call', on: 'caller', request: () => post('/call-out') },
      { name: 'answer', on: 'caller', reached: isRinging },
      { name: 'stays', on: 'caller', colleague: answers, reached: isAnswered },
      {
        name: 'look before connect',
        on: 'caller',
        colleague: answers,
        isNext: isAnswered,
        request: ({ calls }) => ({ method: 'GET', pathPattern: `/sessions/${calls.caller}` }),
      },
      { name: 'connect', on: 'caller', colleague: answers, request: () => post('*/bridge') },
      {
        name: 'give up',
        on: 'caller',
        colleague: declines,
        request: () => ({ method: 'DELETE', pathPattern: '/telephony/sessions/' }),
      },
      { name: 'return', on: 'caller', colleague: declines, request: ({ calls }) => unholdOf(calls.caller) },
    ],
  },
  {
    title: 'consult_and_transfer, tell me',
    tool: 'consult_and_transfer',
    lay: layConsultation({ ifAnswered: 'tell_me', ifNot: 'tell_me' }),
    steps: [
      { name: 'answer', on: 'caller', reached: isRinging },
      { name: 'stays', on: 'caller', colleague: answers, reached: isAnswered },
      {
        name: 'give up',
        on: 'caller',
        colleague: declines,
        request: () => ({ method: 'DELETE', pathPattern: '/telephony/sessions/' }),
      },
    ],
  },
  {
    title: 'swap_calls',
    tool: 'swap_calls',
    async lay(scene) {
      scene.calls.waiting = await layHeld(scene);
      scene.calls.talking = (await scene.stage.talking(scene.caller)).telephonySessionId;
      scene.args = {};
    },
    steps: [
      { name: 'hold', on: 'talking', request: ({ calls }) => holdOf(calls.talking) },
      {
        name: 'look before take',
        on: 'talking',
        before: ({ control, calls }) =>
          control.fault({ kind: 'http', ...holdOf(calls.talking), delayMs: 500, times: 1 }),
        isNext: (scene) =>
          scene.until('the hold is under way', async () =>
            (await scene.requests()).find(({ path }) => path.endsWith('/hold')),
          ),
        request: ({ calls }) => ({ method: 'GET', pathPattern: `/sessions/${calls.waiting}` }),
      },
      { name: 'take', on: 'waiting', request: ({ calls }) => unholdOf(calls.waiting) },
      {
        name: 'undo',
        on: 'talking',
        before: (scene) =>
          scene.control.fault({
            ...{ kind: 'http', ...unholdOf(scene.calls.waiting) },
            ...{ status: 409, errorCode: 'TAS-102', times: 1 },
          }),
        request: ({ calls }) => unholdOf(calls.talking),
      },
    ],
  },
  {
    title: 'merge_calls',
    tool: 'merge_calls',
    async lay(scene) {
      await scene.control.drop(await layConference(scene));
      scene.calls.second = await layHeld(scene);
      scene.calls.first = (await scene.stage.talking(scene.caller)).telephonySessionId;
      scene.args = {};
    },
    steps: [
      { name: 'open', on: 'first', request: () => post('/telephony/conference') },
      { name: 'host', on: 'first', reached: ({ control }) => control.conference() },
      { name: 'bring second', on: 'second', joined: true, request: bringIn },
      {
        name: 'bring first',
        on: 'first',
        joined: true,
        isNext: (scene) =>
          scene.until('the second is in', async () =>
            (await scene.requests()).find(({ path, status }) => path.endsWith('/bring-in') && status === 201),
          ),
        request: bringIn,
      },
    ],
  },
  {
    title: 'merge_calls, into a conference',
    tool: 'merge_calls',
    async lay(scene) {
      scene.calls.conference = await layConference(scene);
      scene.calls.second = (await scene.stage.talking(scene.caller)).telephonySessionId;
      scene.args = {};
    },
    steps: [{ name: 'bring second', on: 'second', joined: true, request: bringIn }],
  },
];

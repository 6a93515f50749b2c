import { setTimeout } from 'node:timers/promises';
import { uris } from '../../../src/resources/uris.ts';
import { type Doing, dialInside, keyOf, reception } from './deeds.ts';
import { withoutIds } from './marks.ts';
import { complete } from './stage.ts';
import type { Message } from './wire-client.ts';
import { type Call, phoneOf } from './world.ts';

/** `person` is the thief, `other` whose it is. */
export type Theft = (doing: Doing) => unknown;

/** What people try with what belongs to another, each time the same with what nobody on this server has. */
export const thefts = {
  call: (doing) => choose(doing, callThefts),
  party: (doing) => choose(doing, partyThefts),
  resource: (doing) =>
    withCall(doing, async ({ id, party }) => {
      const uri = doing.n % 2 === 0 ? uris.session(id) : uris.party(id, party);
      return withoutId((await doing.person.client.request('resources/read', { uri })).message);
    }),
  watching: (doing) =>
    withCall(doing, async ({ id }) => (await doing.person.client.watch([uris.session(id)])).map(withoutId)),
  number: (doing) =>
    withCall(doing, ({ number }) => {
      const tool = doing.n % 2 === 0 ? 'read_call_session_status' : 'hold_call_party';
      return result(doing, tool, { telephonySessionId: number });
    }),
  name: (doing) =>
    withCall(doing, ({ name }) =>
      doing.n % 2 === 0
        ? result(doing, 'read_call_session_status', { telephonySessionId: name })
        : result(doing, 'find_extensions', { search: name }),
    ),
  completion: (doing) =>
    withCall(doing, async ({ id }) => {
      const replies = [
        await complete(doing.person, 'telephonySessionId', id.slice(0, 8)),
        await complete(doing.person, 'partyId', '', { telephonySessionId: id }),
      ];
      return replies.map(({ message }) => message.result?.completion?.values);
    }),
  'list cursor': (doing) =>
    withCall(doing, async ({ id }) => {
      const cursor = Buffer.from(`1 ${id}`).toString('base64url');
      return withoutId((await doing.person.client.request('resources/list', { cursor })).message);
    }),
  recording: (doing) => {
    const call = callOf(doing);
    const recording = call && doing.stage.world.recordingOf(call.id);
    if (recording === undefined) return;
    return same(doing, recording, '999', (recordingId) =>
      result(doing, 'read_call_recording', { recordingId }),
    );
  },
  device: ({ stage, person, other }) =>
    stage.inBackground(
      person.call('create_call_out_call_session', {
        ...{ toExtensionNumber: reception, fromDeviceId: phoneOf(other.login) },
      }),
    ),
  plan: (doing) =>
    withPlan(doing, (planId) => result(doing, 'wait_for_call_event', { planId, timeoutSeconds: 0 })),
  cancelling: (doing) => withPlan(doing, (planId) => result(doing, 'cancel_plan', { planId })),
  cursor: async ({ person, other }) => {
    const after = other.cursors.at(-1);
    if (after !== undefined) await person.call('wait_for_call_event', { after, timeoutSeconds: 0 });
  },
  handle: (doing) => {
    const { stage, person, other } = doing;
    // A handle is a line's own: the same may name a call of the thief.
    const own = stage.lineOf(person)?.calls.handles;
    const isOwn = (one: string) => stage.world.isOf(own?.find(one) ?? '', person.login);
    const handle = [...other.handles].find((one) => !isOwn(one));
    if (handle === undefined) return;
    return same(doing, handle, 'c99', (id) =>
      result(doing, 'read_call_session_status', { telephonySessionId: id }),
    );
  },
  session: stealSession,
  event: stealEvent,
  state: stealState,
  key: (doing) => {
    const { stage, other } = doing;
    if (other === stage.idle) return;
    const key = keyOf(doing);
    const used = dialInside({ ...doing, person: other }, key);
    stage.inBackground(used.then(() => dialInside(doing, key)));
  },
} satisfies Record<string, Theft>;

const onCall =
  (tool: string, more: object = {}): Theft =>
  (doing) =>
    withCall(doing, ({ id }) => result(doing, tool, { telephonySessionId: id, ...more }));

const onParty =
  (tool: string): Theft =>
  (doing) =>
    withCall(doing, ({ id, party }) => result(doing, tool, { telephonySessionId: id, partyId: party }));

const callThefts: readonly Theft[] = [
  onCall('read_call_session_status'),
  onCall('read_call_session_status', { fresh: true }),
  onCall('hold_call_party'),
  onCall('delete_call_session'),
  onCall('transfer_call_party', { extensionNumber: reception }),
  onCall('wait_for_call_event', { timeoutSeconds: 0 }),
  onCall('start_call_recording'),
  onCall('reject_party'),
  onCall('consult_and_transfer', { colleague: reception }),
  (doing) => onCall('bridge_call_party', { targetTelephonySessionId: doing.stage.world.control.id })(doing),
];

const partyThefts: readonly Theft[] = [
  onParty('read_call_party_status'),
  onParty('hold_call_party'),
  onParty('delete_call_party'),
  (doing) =>
    withCall(doing, ({ party }) =>
      result(doing, 'wait_for_call_event', { partyId: party, timeoutSeconds: 0 }),
    ),
];

const choose = (doing: Doing, some: readonly Theft[]) => some[doing.n % some.length]?.(doing);

/** The result of a tool, or why there is none. */
async function result({ person }: Doing, tool: string, args: object): Promise<unknown> {
  const { message } = await person.call(tool, args);
  return message.result ?? message;
}

/** A live call of the other, or of whoever has one, that the thief is not on. */
function callOf({ stage, person, other, n }: Doing): Call | undefined {
  const calls = [other, ...stage.people].map(({ login }) => stage.pick(login, n));
  return calls.find((call) => call && !stage.world.isOf(call.id, person.login));
}

async function withCall(doing: Doing, ask: (call: Call) => Promise<unknown>): Promise<void> {
  const { stage, person } = doing;
  const call = callOf(doing);
  // Between colleagues there is no outsider to ask for.
  if (!call?.number) return;
  await same(doing, call, stage.world.control, ask, () => !stage.world.isOf(call.id, person.login));
}

async function withPlan(doing: Doing, ask: (planId: string) => Promise<unknown>): Promise<void> {
  const { stage, person } = doing;
  const planners = stage.people.filter((one) => one !== person && one.counts.plans > 0 && stage.lineOf(one));
  for (const one of [person, ...planners]) await stage.learnPlans(one);
  // An id is a line's own: the same may name a plan of the thief.
  const planId = planners.flatMap(({ planIds }) => [...planIds]).find((id) => !person.planIds.has(id));
  if (planId !== undefined) await same(doing, planId, 'p99999', ask);
}

async function stealSession(doing: Doing): Promise<void> {
  const { sessionId, way } = doing.other.client;
  if (sessionId === undefined) return;
  const body = { jsonrpc: '2.0', id: 77, method: 'tools/call', params: { name: 'list_active_calls' } };
  await same(doing, sessionId, another(sessionId), (id) =>
    answered(
      doing,
      way === 'sse' ? { path: `/messages?sessionId=${id}`, body } : { headers: inSession(id), body },
    ),
  );
}

/** Goes on in one's own session from an event of another's. */
async function stealEvent(doing: Doing): Promise<void> {
  const { client } = doing.person;
  // The stream of notices has the same name in each session.
  const seen = doing.other.client.eventIds.findLast((id) => /[0-9a-f]{12}$/.test(id));
  // From the beginning of the stream of an answer.
  const event = seen?.replace(/^\d+/, '0');
  if (event === undefined || client.way !== '2025' || !client.sessionId) return;
  const own = inSession(client.sessionId);
  await same(doing, event, another(event), (id) => {
    const signal = AbortSignal.timeout(50);
    return answered(doing, { method: 'GET', headers: { ...own, 'last-event-id': id }, signal });
  });
}

/** Answers a question that another was asked. */
async function stealState(doing: Doing): Promise<void> {
  const { stage, person, other } = doing;
  const call = stage.pick(other.login, doing.n);
  // An idempotency key would give the thief what the same key gave them before.
  const found = () => other.open.find(({ tool }) => tool === 'delete_call_session');
  if (call && !found() && other !== stage.idle) {
    other.answering = 'open';
    await other.call('delete_call_session', { telephonySessionId: call.id }, other.modern);
  }
  const question = found();
  if (!question) return;
  const { tool, args, state } = question;
  stage.world.marks.add(state, `key:${other.key}`);
  const yes = { action: 'accept', content: { confirm: true } };
  const bring = async (one: string) => withoutId((await person.modern.answer(tool, args, one, yes)).message);
  if (person.login !== other.login) return same(doing, state, `${state.slice(0, -4)}AAAA`, bring);
  const brought = await bring(state);
  if (brought.result && brought.result.isError !== true)
    stage.violations.push(`${person.key} answers for ${other.key}`);
}

const inSession = (id: string) => ({ 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' });

/** An id of the same form that there is not. */
const another = (id: string): string => id.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'));

/** What a request is answered that no client of this way sends. */
async function answered(
  { person }: Doing,
  sent: Parameters<Doing['person']['client']['raw']>[0],
): Promise<unknown> {
  const { status, text } = await person.client.raw(sent);
  return { status, message: withoutId(parse(text)) };
}

/** The answer for what is another's has to be the one for what nobody here has. */
async function same<Id extends string | Call>(
  { stage, person }: Doing,
  theirs: Id,
  nobodys: Id,
  ask: (id: Id) => Promise<unknown>,
  isAnothers = () => true,
): Promise<void> {
  stage.world.count.thefts += 1;
  const wordsOf = (id: string | Call) => (typeof id === 'string' ? [id] : Object.values(id).filter(Boolean));
  const look = async (id: Id) => withoutIds(await ask(id), ...wordsOf(id));
  let told = await look(theirs);
  let invented = await look(nobodys);
  // What has happened between the two on their own line may be told, too.
  for (let again = 0; again < 3 && told !== invented; again += 1) {
    await setTimeout(20);
    told = await look(theirs);
    invented = await look(nobodys);
  }
  // Whom a call came to meanwhile is told of it.
  if (told === invented || !isAnothers()) return;
  stage.violations.push(`${person.key} is told more of what is another's: ${told} / ${invented}`);
}

function parse(text: string): Message {
  try {
    return JSON.parse(text.split('data: ').at(-1) ?? text);
  } catch {
    return { text };
  }
}

const withoutId = ({ id: _id, ...message }: Message): Message => message;

import { uris } from '../../../src/resources/uris.ts';
import type { Person } from './person.ts';
import { complete, contentOf, type Stage } from './stage.ts';
import type { Reply } from './wire-client.ts';
import { type Call, extensionOf, phoneOf } from './world.ts';

/** Whom everybody may call. */
export const reception = '101';

/** Who does something, and what chance has for it. */
export interface Doing {
  stage: Stage;
  person: Person;
  other: Person;
  n: number;
}

type Deed = (doing: Doing) => unknown;

/** Acts that go on for a while: the rest goes on beside them. */
const slow = new Set([
  ...['consult_and_transfer', 'merge_calls', 'create_call_out_call_session', 'transfer_call_party'],
]);

const talking = ({ stage, person, n }: Doing) => stage.pick(person.login, n, 'Answered');
const ringing = ({ stage, person, n }: Doing) => stage.pick(person.login, n, 'Setup', 'Proceeding');
const any = ({ stage, person, n }: Doing) => stage.pick(person.login, n);
const on = (call: Call | undefined) => call && { telephonySessionId: call.id };

/** What people do with their own things, by hand or by their agents. */
export const deeds = {
  'customer calls': ({ stage, person }) => void stage.ring(person.login ?? ''),
  answer: (doing) => doing.stage.byHand(ringing(doing), 'answer'),
  'hold by hand': (doing) => doing.stage.byHand(talking(doing), 'hold'),
  'hang up': (doing) => doing.stage.byHand(any(doing), 'hangup'),
  'colleague calls': callColleague,
  list: async ({ stage, person, n }) => {
    const args = { fresh: n % 2 === 0, detail: n % 3 === 0 };
    const { message } = await person.call('list_active_calls', args);
    if (message.result?.structuredContent?.calls?.length > 0) stage.world.count['own calls seen'] += 1;
  },
  read: (doing) =>
    doing.person.call('read_call_session_status', { ...on(any(doing)), fresh: doing.n % 2 === 0 }),
  'look up': ({ person, n }) => person.call(lookUps[n % lookUps.length] ?? ''),
  resources: async (doing) => {
    const { client } = doing.person;
    const call = any(doing);
    await client.request('resources/list');
    for (const uri of [uris.sessions, uris.feed, ...(call ? [uris.session(call.id)] : [])]) {
      await client.request('resources/read', { uri });
    }
  },
  guard: async ({ stage, person }) => {
    const view = contentOf(await person.client.request('resources/read', { uri: uris.guard }));
    if (view?.pending?.length > stage.sum(person, 'asked'))
      stage.violations.push(`${person.key} sees questions of another`);
    if (view?.grants?.length > stage.sum(person, 'granted'))
      stage.violations.push(`${person.key} sees grants of another`);
  },
  plans: ({ stage, person }) => stage.learnPlans(person),
  watch: (doing) => {
    const call = any(doing);
    const always = [uris.sessions, uris.guard, uris.plans, uris.feed];
    return doing.person.client.watch([...always, ...(call ? [uris.session(call.id)] : [])]);
  },
  wait: ({ person }) => {
    const after = person.cursors.at(-1);
    return person.call('wait_for_call_event', { timeoutSeconds: 0, ...(after !== undefined && { after }) });
  },
  'wait long': ({ stage, person }) =>
    stage.inBackground(person.call('wait_for_call_event', { timeoutSeconds: 20 })),
  complete: async ({ person }) => {
    await complete(person, 'telephonySessionId', 's-');
    const ref = { type: 'ref/prompt', name: 'warm_transfer' };
    await person.client.request('completion/complete', { ref, argument: { name: 'colleague', value: '' } });
  },
  hold: (doing) => act(doing, 'hold_call_party', on(talking(doing))),
  reject: (doing) => act(doing, 'reject_party', on(ringing(doing))),
  transfer: (doing) => {
    const { phoneNumber } = doing.stage.world.customer(doing.person.login);
    const call = talking(doing);
    return act(doing, 'transfer_call_party', call && { ...on(call), phoneNumber });
  },
  dial: (doing) => {
    const { login } = doing.person;
    const { phoneNumber: toPhoneNumber } = doing.stage.world.customer(login);
    return act(doing, 'create_call_out_call_session', { toPhoneNumber, fromDeviceId: phoneOf(login) });
  },
  'dial inside': (doing) => doing.stage.inBackground(dialInside(doing, keyOf(doing))),
  end: (doing) => act(doing, 'delete_call_session', on(any(doing))),
  record: async (doing) => {
    await act(doing, 'start_call_recording', on(talking(doing)));
    doing.stage.world.markRecordings();
  },
  consult: (doing) => plan(doing, 'consult_and_transfer', (call) => ({ ...on(call), colleague: reception })),
  merge: (doing) => plan(doing, 'merge_calls', () => ({})),
  'cancel plan': async ({ person }) => {
    const [planId] = person.planIds;
    if (planId !== undefined) await person.call('cancel_plan', { planId });
  },
  reconnect: ({ stage, person }) => stage.connect(person),
  metrics: ({ person }) => person.client.raw({ method: 'GET', path: '/metrics' }),
} satisfies Record<string, Deed>;

const lookUps = ['list_devices', 'list_call_flip_numbers', 'find_extensions', 'list_monitored_extensions'];

/** An idempotency key that others of the same run use, too. */
export const keyOf = ({ stage, n }: Doing): string => `key${n % 3}of${stage.nth}`;

/** Calls a colleague, with an idempotency key. */
export async function dialInside({ stage, person }: Doing, idempotencyKey: string): Promise<void> {
  const use = `${person.login} ${idempotencyKey}`;
  const uses = () => stage.sharers(person).reduce((sum, { usedKeys }) => sum + (usedKeys.get(use) ?? 0), 0);
  person.usedKeys.set(use, (person.usedKeys.get(use) ?? 0) + 1);
  person.answering = 'yes';
  const reply = await person.call('create_call_out_call_session', {
    ...{ toExtensionNumber: reception, idempotencyKey },
  });
  // The yes for a phone lasts.
  if (stage.sum(person, 'asked') === 0) mustBeRefused(stage, person, reply);
  const said = JSON.stringify(reply.message);
  const isRepeated = /idempotencyKey was used|"repeated"/.test(said);
  if (isRepeated && uses() < 2) stage.violations.push(`${person.key} meets a key of another: ${said}`);
}

function callColleague({ stage, person, other }: Doing): void {
  const { login = '' } = person;
  if (other.login === login || other === stage.idle) return;
  const { telephonySessionId: id } = stage.world.engine.placeCall({
    from: { extensionNumber: extensionOf(login) },
    to: { extensionNumber: extensionOf(other.login) },
  });
  stage.addCall(login, { id, number: '', name: '', party: `p-${id.slice(2)}-1` });
}

async function plan(doing: Doing, tool: string, args: (call: Call) => object): Promise<void> {
  const { person, n } = doing;
  const call = talking(doing);
  if (!call) return;
  person.counts.plans += 1;
  // Most say yes: otherwise there is no plan to steal.
  if (n % 4 > 0) person.answering = 'yes';
  await act(doing, tool, args(call));
}

/** An act that may be asked about: where nobody answers, it goes on beside the rest. */
async function act({ stage, person }: Doing, tool: string, args: object | undefined): Promise<void> {
  if (!args) return;
  const { asked } = person.counts;
  noteOutside(stage, person, args);
  const done = person.call(tool, args).then((reply) => {
    const isAsked = person.counts.asked > asked || stage.sum(person, 'granted') > 0;
    // Of all that is done here, only this is allowed unasked.
    if (!isAsked && tool !== 'reject_party') mustBeRefused(stage, person, reply);
    const { outcome } = reply.message.result?.structuredContent ?? {};
    if (outcome === 'observed') stage.world.count['acts observed'] += 1;
  });
  if (person.answering === 'open' || slow.has(tool)) stage.inBackground(done);
  else await done;
}

/** Who was not asked, and has granted nothing, has let nothing through: it would be by the yes of another. */
function mustBeRefused({ violations }: Stage, { key }: Person, { message }: Reply): void {
  const { outcome } = message.result?.structuredContent ?? {};
  if (outcome !== undefined) violations.push(`${key} acts without a yes: ${JSON.stringify(message)}`);
}

/** Counts what may become a call to the outside: whether it does, nobody learns who has left. */
function noteOutside({ world }: Stage, { login = '' }: Person, args: object): void {
  if (!('phoneNumber' in args || 'toPhoneNumber' in args)) return;
  world.outside.set(login, (world.outside.get(login) ?? 0) + 1);
}

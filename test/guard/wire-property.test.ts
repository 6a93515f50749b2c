import type { ElicitResult } from '@modelcontextprotocol/client';
import { createRequestStateCodec } from '@modelcontextprotocol/server';
import fc from 'fast-check';
import { ApiError, DESK_101, DESK_102, id, OUTSIDE } from 'ringcentral-sandbox/testing';
import { describe, expect, test } from 'vitest';
import { type Era, eras } from './support/host.ts';
import type { LoggedRequest } from './support/in-process-rest.ts';
import { InProcessTestbed, type Shown, type ToolCall } from './support/in-process-testbed.ts';

/**
 * The guard's promise, read off the sandbox's own request log: whatever agents, persons, thieves, callers and
 * restarts do, no request of an asking class is in it without exactly one accepted, fresh, matching confirmation or
 * grant. What asks, what matches and what a call looked like is worked out here a second time.
 */

/** The suite tries the same runs each time; PROPERTY_RUNS=1000 looks further, and a failure prints its seed. */
const { PROPERTY_RUNS } = process.env;
const tries = PROPERTY_RUNS ? { numRuns: Number(PROPERTY_RUNS) } : { numRuns: 60, seed: 1 };

/** Calls that are laid out: an outsider talks with 101, another rings at 101, a third talks with 102. */
type Place = 'talk' | 'ring' | 'other';
/** Party 1 is the outsider, party 2 that of 101 or 102. */
interface Ids {
  call: string;
  theirs: string;
  ours: string;
}

interface Deed {
  on?: Place;
  tool: string;
  args(ids: Ids): object;
  /** The one request that this may become. */
  sends(ids: Ids): string;
  asks: boolean;
}

const root = '/restapi/v1.0/account/~/telephony';
const line = (method: string, path: string, body?: object) =>
  `${method} ${root}${path}${body ? ` ${JSON.stringify(body)}` : ''}`;
const session = ({ call }: Ids) => `/sessions/${call}`;
const mine = (ids: Ids) => `${session(ids)}/parties/${ids.ours}`;
const theirs = (ids: Ids) => `${session(ids)}/parties/${ids.theirs}`;

const transfer = (to: object, asks: boolean): Deed => ({
  on: 'talk',
  tool: 'transfer_call_party',
  args: ({ call, ours }) => ({ telephonySessionId: call, partyId: ours, ...to }),
  sends: (ids) => line('POST', `${mine(ids)}/transfer`, to),
  asks,
});
const dial = (given: object, to: object, asks: boolean): Deed => ({
  tool: 'create_call_out_call_session',
  args: () => ({ fromDeviceId: DESK_101, ...given }),
  sends: () => line('POST', '/call-out', { from: { deviceId: DESK_101 }, to }),
  asks,
});
const plain = (on: Place, tool: string, act: string, asks: boolean): Deed => ({
  ...{ on, tool, asks },
  args: ({ call, ours }) => ({ telephonySessionId: call, partyId: ours }),
  sends: (ids) => line('POST', `${mine(ids)}/${act}`),
});
const drop = (on: Place): Deed => ({
  on,
  tool: 'delete_call_session',
  args: ({ call }) => ({ telephonySessionId: call }),
  sends: (ids) => line('DELETE', session(ids)),
  asks: true,
});
const dropParty = (more?: object): Deed => ({
  on: 'talk',
  tool: 'delete_call_party',
  args: ({ call, theirs: partyId }) => ({ telephonySessionId: call, partyId, ...more }),
  sends: (ids) => line('DELETE', theirs(ids), more),
  asks: true,
});
const reply = (replyWithText: string): Deed => ({
  on: 'ring',
  tool: 'reply_party',
  args: ({ call, ours }) => ({ telephonySessionId: call, partyId: ours, replyWithText }),
  sends: (ids) => line('POST', `${mine(ids)}/reply`, { replyWithText }),
  asks: true,
});

const deeds = {
  drop: drop('talk'),
  dropRinging: drop('ring'),
  dropOther: drop('other'),
  dropParty: dropParty(),
  dropPartyForGood: dropParty({ keepConferenceAlive: false }),
  record: plain('talk', 'start_call_recording', 'recordings', true),
  reply: reply('I call back.'),
  replyRudely: reply('Never call again.'),
  transferOut: transfer({ phoneNumber: '+14155550177' }, true),
  transferElsewhere: transfer({ phoneNumber: '+14155550178' }, true),
  dialOut: dial({ toPhoneNumber: '+14155550177' }, { phoneNumber: '+14155550177' }, true),
  dialElsewhere: dial({ toPhoneNumber: '+14155550178' }, { phoneNumber: '+14155550178' }, true),
  holdAnother: plain('other', 'hold_call_party', 'hold', true),
  unholdAnother: plain('other', 'unhold_call_party', 'unhold', true),
  hold: plain('talk', 'hold_call_party', 'hold', false),
  unhold: plain('talk', 'unhold_call_party', 'unhold', false),
  transferIn: transfer({ extensionNumber: '102' }, false),
  dialIn: dial({ toExtensionNumber: '103' }, { extensionNumber: '103' }, false),
  reject: plain('ring', 'reject_party', 'reject', false),
} satisfies Record<string, Deed>;
type DeedName = keyof typeof deeds;
const names = Object.keys(deeds) as DeedName[];
const asking = names.filter((name) => deeds[name].asks);

/** Destructive and listening: a yes is for once. */
const neverGranted = new Set([
  ...['delete_call_session', 'delete_call_party', 'reply_party', 'start_call_recording'],
]);

interface Call extends ToolCall {
  deed: Deed;
  ids: Ids;
  /** Acts that were sent for it. */
  sent: number;
  /** The call as it was last read for it. */
  read?: string;
}
interface Question {
  shown: Shown<Call>;
  askedAt: number;
  /** The call, as it was when the question was put. */
  picture: string;
  /** Its answer was brought to the server, by whomever. */
  spent: boolean;
}
interface Confirmation {
  question: Question;
  used: boolean;
}

const who = fc.record({
  deed: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<DeedName[]>('holdAnother', 'dialOut', ...asking) },
    { weight: 1, arbitrary: fc.constantFrom(...names) },
  ),
  principal: fc.constantFrom('ann', 'ann', 'bob'),
});
const which = fc.nat({ max: 20 });
const changes = fc.constantFrom(
  ...([
    'hold',
    'unhold',
    'mute',
    'leave',
    'transfer',
    'park',
    'answer',
    'decline',
    'drop',
    'record',
  ] as const),
  ...(['call again', 'call again', 'call again'] as const),
);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('call' as const), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('call again' as const), which }) },
  {
    weight: 9,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      which,
      how: fc.constantFrom(
        'yes',
        'yes',
        'yes',
        'grant',
        'grant',
        'no',
        'decline',
        'cancel',
        'wrong',
        'empty',
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('answer two' as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('replay' as const),
      which,
      who: fc.option(who, { nil: undefined }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('steal' as const),
      which,
      who,
      how: fc.constantFrom('any act', 'another principal', 'a similar act', 'a similar act'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('tamper' as const),
      which,
      how: fc.constantFrom('flip' as const, 'resign' as const, 'invent' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forge answer' as const), which, who }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      place: fc.constantFrom<Place[]>('talk', 'talk', 'ring', 'other'),
      how: changes,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('change and answer' as const), which, how: changes }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('call alike' as const),
      which,
      how: fc.constantFrom(
        ...(['the same', 'the same', 'a similar act', 'another principal'] as const),
        ...(['when others are on the call', 'too late'] as const),
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1_000, 10_000, 44_000, 46_000, 61_000, 600_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** The same tool call, made once more. */
const anew = ({ read: _read, ...call }: Call): Call => ({ ...call, sent: 0 });

const same = (a: ToolCall, b: ToolCall) =>
  a.principal === b.principal && a.tool === b.tool && JSON.stringify(a.args) === JSON.stringify(b.args);

/** How often each way was taken: a promise is easily kept where nothing happens. */
const tally = () => ({ allowed: 0, confirmed: 0, granted: 0, asked: 0, stolen: 0 });
type Tally = ReturnType<typeof tally>;

class Play {
  readonly violations: string[] = [];
  readonly #count: Tally;
  readonly #testbed: InProcessTestbed<Call>;
  readonly #places = new Map<Place, Ids>();
  readonly #open: Question[] = [];
  /** Every question ever: for thieves, where it has state, and for those who ask again. */
  readonly #known: Question[] = [];
  /** Answers that were brought for something else: the guard uses them up, unless nothing came before the guard. */
  readonly #thefts = new Map<Call, Question>();
  #confirmations: Confirmation[] = [];
  #grants: { call: Call; until: number; company: string }[] = [];
  /** Of each call, right before the request that the log shows next. */
  #before = new Map<string, WireSession>();

  constructor(era: Era, seed: number, count: Tally) {
    this.#count = count;
    this.#testbed = new InProcessTestbed<Call>(era, seed, {
      asked: (shown) => {
        count.asked += 1;
        const picture = this.#picture(shown.call, this.#sessions());
        const question = { shown, askedAt: this.#testbed.now, picture, spent: false };
        if (neverGranted.has(shown.call.tool) && shown.form.requestedSchema.properties.decision) {
          this.violations.push(`${shown.call.tool}: offers a grant`);
        }
        this.#open.push(question);
        this.#known.push(question);
      },
      closed: (shown) => {
        const index = this.#open.findIndex((question) => question.shown === shown);
        if (index >= 0) this.#open.splice(index, 1);
      },
      sending: () => {
        this.#before = this.#sessions();
      },
      sent: (entry, call) => this.#judge(entry, call),
      answered: (call, text) => {
        const stolen = this.#thefts.get(call);
        if (stolen && text.includes('"reason":"invalid"')) stolen.spent = true;
      },
    });
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const place of ['talk', 'ring', 'other'] as const) this.#layOut(place);
    await this.#testbed.start();
    for (const one of steps) {
      await this.#take(one);
      await this.#testbed.settle();
      // What a yes sets off has happened by now: it is worth nothing later, also where the person was asked again.
      this.#confirmations = [];
    }
    await this.#testbed.close();
  }

  async #take(one: Step): Promise<void> {
    if (one.do === 'call') this.#testbed.call(this.#call(one.who));
    if (one.do === 'call again') {
      const granted = this.#granted();
      const from = one.which % 2 === 0 && granted.length > 0 ? granted : this.#known;
      const question = from[one.which % Math.max(1, from.length)];
      if (question) this.#testbed.call(anew(question.shown.call));
    }
    if (one.do === 'answer') this.#answer(one.which, one.how);
    if (one.do === 'answer two') {
      this.#answer(one.which, 'yes');
      this.#answer(one.which, 'yes');
    }
    if (one.do === 'replay') this.#replay(one.which, one.who);
    if (one.do === 'steal') this.#steal(one);
    if (one.do === 'tamper') await this.#tamper(one);
    if (one.do === 'forge answer') {
      await this.#testbed.forgeAnswer(one.who.principal, { confirm: true }, one.which);
    }
    if (one.do === 'change') this.#change(one.place, one.how);
    if (one.do === 'change and answer') {
      const place = this.#open[one.which % Math.max(1, this.#open.length)]?.shown.call.deed.on;
      if (place) this.#change(place, one.how);
      this.#answer(one.which, 'yes');
    }
    if (one.do === 'call alike') await this.#callAlike(one);
    if (one.do === 'wait') await this.#testbed.wait(one.ms);
    if (one.do === 'restart') {
      this.#grants = [];
      for (const question of this.#known) question.spent = true;
      await this.#testbed.start();
    }
  }

  /** The rule. Called with every entry of the request log, at the moment of the request. */
  #judge({ method, path, body }: LoggedRequest, call: Call | undefined): void {
    if (!path.includes('/telephony/')) return;
    if (method === 'GET') {
      if (call && path.endsWith(call.ids.call)) call.read = this.#picture(call, this.#before);
      return;
    }
    const request = `${method} ${path}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`;
    const fail = (why: string) => this.violations.push(`${request}: ${why}`);
    if (!call) return void fail('sent for nobody');
    call.sent += 1;
    if (call.sent > 1) fail('the second of one tool call');
    if (request !== call.deed.sends(call.ids)) fail('not what the tool call said');
    if (!call.deed.asks) {
      this.#count.allowed += 1;
      return;
    }
    // Nobody can read and act in one: what counts is what the platform said last, after the yes.
    const picture = call.deed.on === undefined ? 'a new call' : call.read;
    const confirmation = this.#confirmations.find(
      ({ question, used }) => !used && same(question.shown.call, call) && question.picture === picture,
    );
    if (confirmation) {
      confirmation.used = true;
      this.#count.confirmed += 1;
      return;
    }
    const granted = this.#grants.some(
      (grant) =>
        same(grant.call, call) && this.#testbed.now < grant.until && grant.company === this.#company(call),
    );
    if (granted) this.#count.granted += 1;
    else fail(`asks, and nobody said yes to ${call.principal} for this`);
  }

  #answer(position: number, how: string): void {
    const [question] = this.#open.splice(position % Math.max(1, this.#open.length), 1);
    if (!question) return;
    const answer = content(question, how);
    delete question.shown.call.read;
    this.#bring(question, question.shown.call, how);
    question.shown.answer(answer);
  }

  /** An answer reaches the server: it is worth something once, in time, and for the act that was asked about. */
  #bring(question: Question, call: Call, how: string): void {
    const inTime = this.#testbed.now - question.askedAt < 45_000;
    if (!same(question.shown.call, call)) {
      this.#thefts.set(call, question);
      return;
    }
    const counts = !question.spent && inTime;
    question.spent = true;
    if (!counts || (how !== 'yes' && how !== 'grant')) return;
    this.#confirmations.push({ question, used: false });
    if (how === 'grant' && question.shown.form.requestedSchema.properties.decision) {
      const until = this.#testbed.now + 600_000 + SETTLING;
      this.#grants.push({ call, until, company: this.#company(call) });
    }
  }

  /** An answer that was used before, for the same act or another one. */
  #replay(position: number, other: Who | undefined): void {
    const spent = this.#known.filter((question) => question.spent);
    const question = spent[position % Math.max(1, spent.length)];
    const state = question?.shown.state;
    if (!question || state === undefined) return;
    const call = other ? this.#call(other) : anew(question.shown.call);
    this.#testbed.forge(call, state, content(question, 'yes'));
    // Twice at the same time, too.
    if (position % 2 === 0) this.#testbed.forge(anew(call), state, content(question, 'yes'));
  }

  /** What a grant for another act, another person or other people on the call must not let through. */
  async #callAlike({ which: position, how }: Extract<Step, { do: 'call alike' }>): Promise<void> {
    if (this.#granted().length === 0) {
      const offered = this.#open.findIndex(({ shown }) => shown.form.requestedSchema.properties.decision);
      if (offered < 0) return;
      this.#answer(offered, 'grant');
      await this.#testbed.settle();
      this.#confirmations = [];
    }
    const granted = this.#granted();
    const { call } = granted[position % Math.max(1, granted.length)]?.shown ?? {};
    if (!call) return;
    if (how === 'the same') {
      this.#testbed.call(anew(call));
    } else if (how === 'another principal') {
      this.#testbed.call({ ...anew(call), principal: call.principal === 'ann' ? 'bob' : 'ann' });
    } else if (how === 'a similar act') {
      const similar = this.#similar(call, position);
      if (similar) this.#testbed.call(similar);
    } else if (how === 'too late') {
      await this.#testbed.wait(600_000 + SETTLING);
      this.#testbed.call(anew(call));
    } else if (call.deed.on) {
      this.#change(call.deed.on, 'transfer');
      await this.#testbed.wait(1_000);
      this.#testbed.call(anew(call));
    }
  }

  /** Questions that were answered with a grant. */
  #granted(): Question[] {
    return this.#known.filter(({ shown }) => this.#grants.some((grant) => same(grant.call, shown.call)));
  }

  /** A yes for an open question, brought by another principal, for another act, or with other arguments. */
  #steal({ which: position, who: other, how }: Extract<Step, { do: 'steal' }>): void {
    const fresh = this.#known.filter((question) => !question.spent);
    const question = fresh[position % Math.max(1, fresh.length)];
    const state = question?.shown.state;
    if (question === undefined || state === undefined) {
      // 2025 has no state to steal; a host may still claim one.
      this.#testbed.forge(this.#call(other), 'none', { action: 'accept', content: { confirm: true } });
      return;
    }
    const { call } = question.shown;
    const thief =
      how === 'another principal'
        ? { ...anew(call), principal: other.principal }
        : (how === 'a similar act' && this.#similar(call, position)) || this.#call(other);
    this.#count.stolen += 1;
    this.#bring(question, thief, 'yes');
    this.#testbed.forge(thief, state, content(question, 'yes'));
  }

  /** Another act with the same tool or with the same arguments: what a sloppy binding takes for the same. */
  #similar({ deed, ids, args, principal }: Call, position: number): Call | undefined {
    const similar = Object.values<Deed>(deeds).filter(
      (other) =>
        other !== deed &&
        other.asks &&
        other.on === deed.on &&
        (other.tool === deed.tool || JSON.stringify(other.args(ids)) === JSON.stringify(args)),
    );
    const other = similar[position % Math.max(1, similar.length)];
    return other && { principal, tool: other.tool, args: { ...other.args(ids) }, deed: other, ids, sent: 0 };
  }

  async #tamper({ which: position, how }: Extract<Step, { do: 'tamper' }>): Promise<void> {
    const question = this.#known[position % Math.max(1, this.#known.length)];
    const state = question?.shown.state;
    if (!question || state === undefined) return;
    const key = new Uint8Array(32).fill(7);
    const codec = createRequestStateCodec({ key, ttlSeconds: 600 });
    const forged =
      how === 'flip'
        ? flip(state, position)
        : await codec.mint(how === 'resign' ? payload(state) : { nonce: 'guessed' });
    this.#testbed.forge(anew(question.shown.call), forged, content(question, 'yes'));
  }

  /** What people at their phones and the network do meanwhile. */
  #change(place: Place, how: Extract<Step, { do: 'change' }>['how']): void {
    const ids = this.#places.get(place);
    if (!ids) return;
    const { engine } = this.#testbed.sandbox;
    const at = (partyId: string, act: Parameters<typeof engine.act>[2], args = {}) =>
      engine.act(ids.call, partyId, act, args);
    try {
      if (how === 'call again') {
        engine.dropCall(ids.call);
        this.#layOut(place);
      } else if (how === 'drop') engine.dropCall(ids.call);
      else if (how === 'leave') at(ids.theirs, 'hangup');
      else if (how === 'transfer') at(ids.ours, 'transfer', { extensionNumber: '103' });
      else if (how === 'record') this.#testbed.sandbox.operate('startCallRecording', ids.call, 2);
      else if (how === 'answer') at(ids.ours, 'answer', { deviceId: DESK_101 });
      else at(ids.ours, how);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // Not possible now.
      if (how === 'call again') this.#layOut(place);
    }
  }

  #layOut(place: Place): void {
    const { sandbox } = this.#testbed;
    const call = sandbox.call(OUTSIDE, place === 'other' ? '+12055550102' : '+12055550101');
    const ids = { call, theirs: id(call, 1), ours: id(call, 2) };
    this.#places.set(place, ids);
    sandbox.clock.advance(200);
    if (place === 'ring') return;
    try {
      sandbox.act(call, 2, 'answer', { deviceId: place === 'talk' ? DESK_101 : DESK_102 });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  #call({ deed: name, principal }: Who): Call {
    const deed: Deed = deeds[name];
    const ids = this.#places.get(deed.on ?? 'talk');
    if (!ids) throw new Error('not laid out');
    return { principal, tool: deed.tool, args: { ...deed.args(ids) }, deed, ids, sent: 0 };
  }

  #sessions(): Map<string, WireSession> {
    const { engine } = this.#testbed.sandbox;
    return new Map(
      [...this.#places.values()].map(({ call }) => [
        call,
        structuredClone(engine.session(call)) as WireSession,
      ]),
    );
  }

  /** What matters of a call to somebody who was asked about it. */
  #picture({ deed, ids, args }: Call, sessions: Map<string, WireSession>): string {
    if (deed.on === undefined) return 'a new call';
    const live = (sessions.get(ids.call)?.parties ?? []).filter(isLive);
    const own = this.#testbed.sandbox.ext('101');
    return JSON.stringify([
      ids.call,
      live.map(({ id: party, extensionId, direction, from, to, conferenceRole, recordings }) => [
        ...[party, extensionId ?? (direction === 'Outbound' ? from : to)?.phoneNumber, conferenceRole],
        recordings?.filter(({ active }) => active).map(({ id: recording }) => recording),
      ]),
      args.partyId === undefined
        ? live.some(({ extensionId, status }) => extensionId === own && isRinging(status.code))
        : live.find(({ id: party }) => party === args.partyId)?.status.code,
    ]);
  }

  /** Who is on a call as far as the server can know without asking: a grant is for these. */
  #company({ deed, ids }: Call): string {
    if (deed.on === undefined) return '';
    const parties = this.#testbed.line.calls.session(ids.call)?.parties ?? [];
    return JSON.stringify(parties.filter(isLive).map(({ id: party, extensionId }) => [party, extensionId]));
  }
}

type Who = Extract<Step, { do: 'call' }>['who'];
/** Time that the clock may be moved on while a tool call ends. */
const SETTLING = 2_000;

interface WireSession {
  parties: {
    id: string;
    extensionId?: string;
    direction: string;
    status: { code: string };
    from?: { phoneNumber?: string };
    to?: { phoneNumber?: string };
    conferenceRole?: string;
    recordings?: { id: string; active: boolean }[];
  }[];
}
const isLive = ({ status }: { status: { code: string } }) => !['Disconnected', 'Gone'].includes(status.code);
const isRinging = (code: string) => code === 'Setup' || code === 'Proceeding';

/** An answer in the form that the question has. */
function content({ shown }: Question, how: string): ElicitResult {
  const { decision } = shown.form.requestedSchema.properties;
  const [once = '', lasting = '', no = ''] = decision?.enum ?? [];
  if (how === 'decline' || how === 'cancel') return { action: how };
  if (how === 'empty') return { action: 'accept' };
  if (how === 'wrong')
    return { action: 'accept', content: decision ? { confirm: true } : { confirm: 'yes' } };
  if (!decision) return { action: 'accept', content: { confirm: how !== 'no' } };
  const said = how === 'no' ? no : how === 'grant' ? lasting : once;
  return { action: 'accept', content: { decision: said } };
}

/** One bit of a state is another. */
function flip(state: string, position: number): string {
  const at = position % state.length;
  return `${state.slice(0, at)}${state[at] === 'A' ? 'B' : 'A'}${state.slice(at + 1)}`;
}

/** State is signed, not secret: whoever holds it can read the nonce and sign it with a key of their own. */
function payload(state: string): Record<string, unknown> {
  for (const part of state.split('.')) {
    try {
      const { p, nonce } = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
      return p ?? { nonce };
    } catch {
      // Not this part.
    }
  }
  return { nonce: state };
}

describe.each(eras)('with hosts of %s', (era) => {
  test('the request log shows nothing that asks without its own yes', { timeout: 1_800_000 }, async () => {
    const count = tally();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }),
        async (seed, steps) => {
          const play = new Play(era, seed, count);
          await play.run(steps);
          expect(play.violations).toEqual([]);
        },
      ),
      tries,
    );
    const { stolen, ...happened } = count;
    for (const [way, times] of Object.entries(happened)) expect(times, way).toBeGreaterThan(0);
    if (era === '2026') expect(stolen).toBeGreaterThan(0);
    if (PROPERTY_RUNS) process.stdout.write(`${era}: ${tries.numRuns} runs, ${JSON.stringify(count)}\n`);
  });
});

import type { ElicitResult } from '@modelcontextprotocol/client';
import fc from 'fast-check';
import { ApiError, DESK_101, DESK_102, id } from 'ringcentral-sandbox/testing';
import { expect, test } from 'vitest';
import { presets } from '../../src/guard/policy/presets.ts';
import { type Era, eras, type ShownForm } from './support/host.ts';
import type { LoggedRequest, RestFault } from './support/in-process-rest.ts';
import { InProcessTestbed, type Shown, type ToolCall } from './support/in-process-testbed.ts';

/**
 * Whatever others do between any two steps of an act, however slowly the platform answers and whatever it refuses: no
 * request is sent whose verdict would have been another on the truth at that moment, give or take two seconds, and
 * whoever is reached was named in the question. The verdict is worked out here a second time, from the sandbox's own
 * state. At extension scope the server is told of none of these moves.
 */

/**
 * Each run has hosts of one era or the other. TRUTH_RUNS=5000 looks further; a failure prints seed and path, and
 * TRUTH_SEED with TRUTH_PATH repeats it.
 */
const { TRUTH_RUNS, TRUTH_SEED, TRUTH_PATH } = process.env;
const tries = TRUTH_PATH
  ? { seed: Number(TRUTH_SEED), path: TRUTH_PATH, endOnFailure: true }
  : TRUTH_RUNS
    ? { numRuns: Number(TRUTH_RUNS), endOnFailure: true }
    : { numRuns: 200, seed: 1 };
const GRACE_MS = 2_000;

const ADA = '+14155550171';
const EVE = '+14155550172';
const GUEST = '+14155550173';
const OPERATOR = '911';
const MOBILES = { ours: '+12055550101', abroad: '+442079460111', premium: '+19005550123' };

/**
 * `colleague`: 101 called 102. `customer`: Ada called 101. `ring`: Eve's call rings at 101. `conference`: 101 hosts
 * it, and somebody who called was brought in; `guest`: that call.
 */
const laidOut = ['colleague', 'customer', 'ring', 'conference'] as const;
/** `placed`: the last call to 102 that an agent placed, or that was dialled by hand. */
type Place = (typeof laidOut)[number] | 'guest' | 'placed';
type Calls = Record<Place, string>;

interface Person {
  /** Extension id of the account, or a number. */
  who: string;
  own: boolean;
}
/** What is so at one moment. */
interface Truth {
  at: number;
  people: Record<Place, Person[]>;
  /** What flip number 1 means. */
  mobile: string;
  /** 101 was muted at the phone. */
  mutedByHand: boolean;
  hadEmergency: boolean;
  /** Who had the call `placed`: nobody, where it was dialled by hand; and whether somebody has answered it. */
  placedBy: string | undefined;
  placedIsAnswered: boolean;
  placedAnsweredAt: number | undefined;
  /** Eve's call rings at 101: it has not been answered, and is not in voicemail. */
  rings: boolean;
}

type Verdict = 'allow' | 'ask' | 'deny';
interface Deed {
  on: readonly Place[];
  /** Who is there hears of it too. */
  near?: Place;
  tool: string;
  args(calls: Calls): object;
  /** On a call without emergency services. */
  verdict(truth: Truth, principal: string): Verdict;
  /** It may be done on a call with emergency services. */
  helps?: boolean;
  /** It sends a ringing call away. */
  sendsAway?: boolean;
  /** It sends several requests, each of which is judged by itself (`planned`). */
  isPlan?: boolean;
}

const on = (place: Place) => (calls: Calls) => ({ telephonySessionId: calls[place] });
const always = (verdict: Verdict) => () => verdict;
const others = (people: Person[]) => people.filter(({ own }) => !own);
/** Where your leg is alone nobody knows who is at its other end; between two of your phones nobody else is. */
const hasOutsider = (people: Person[]) =>
  people.length < 2 || others(people).some(({ who }) => who.startsWith('+'));
/** Two outsiders are never put together unasked. */
const joining = ({ people }: Truth): Verdict =>
  hasOutsider(people.colleague) && hasOutsider(people.customer) ? 'ask' : 'allow';

const deeds: Record<string, Deed> = {
  hold: { on: ['colleague'], tool: 'hold_call_party', args: on('colleague'), verdict: always('allow') },
  mute: {
    ...{ on: ['colleague'], tool: 'update_call_party', verdict: always('allow') },
    args: (calls) => ({ ...on('colleague')(calls), muted: true }),
  },
  unmute: {
    ...{ on: ['colleague'], tool: 'update_call_party', helps: true },
    args: (calls) => ({ ...on('colleague')(calls), muted: false }),
    verdict: ({ mutedByHand }) => (mutedByHand ? 'ask' : 'allow'),
  },
  transfer: {
    ...{ on: ['colleague'], tool: 'transfer_call_party', verdict: always('allow') },
    args: (calls) => ({ ...on('colleague')(calls), extensionNumber: '103' }),
  },
  drop: { on: ['colleague'], tool: 'delete_call_session', args: on('colleague'), verdict: always('ask') },
  record: { on: ['customer'], tool: 'start_call_recording', args: on('customer'), verdict: always('ask') },
  bridge: {
    ...{ on: ['colleague', 'customer'], tool: 'bridge_call_party' },
    args: (calls) => ({ ...on('colleague')(calls), targetTelephonySessionId: calls.customer }),
    verdict: joining,
  },
  'bridge back': {
    ...{ on: ['customer', 'colleague'], tool: 'bridge_call_party' },
    args: (calls) => ({ ...on('customer')(calls), targetTelephonySessionId: calls.colleague }),
    verdict: joining,
  },
  flip: {
    ...{ on: ['customer'], tool: 'call_flip_party' },
    args: (calls) => ({ ...on('customer')(calls), callFlipId: '1' }),
    verdict: ({ mobile }) =>
      mobile === MOBILES.premium ? 'deny' : mobile === MOBILES.abroad ? 'ask' : 'allow',
  },
  reject: { on: ['ring'], tool: 'reject_party', args: on('ring'), verdict: always('allow'), sendsAway: true },
  forward: {
    ...{ on: ['ring'], tool: 'forward_call_party', verdict: always('allow'), sendsAway: true },
    args: (calls) => ({ ...on('ring')(calls), extensionNumber: '103' }),
  },
  place: {
    ...{ on: [], tool: 'create_call_out_call_session', verdict: always('allow') },
    args: () => ({ fromDeviceId: DESK_101, toExtensionNumber: '102' }),
  },
  'place for a while': {
    ...{ on: [], tool: 'create_call_out_call_session', verdict: always('allow') },
    args: () => ({ fromDeviceId: DESK_101, toExtensionNumber: '102', hangUpAfterSeconds: 15 }),
  },
  'end placed': {
    ...{ on: ['placed'], tool: 'delete_call_session', args: on('placed') },
    verdict: ({ placedBy, placedIsAnswered }, principal) =>
      placedBy === principal && !placedIsAnswered ? 'allow' : 'ask',
  },
  'mute in conference': {
    ...{ on: ['conference'], tool: 'update_call_party', verdict: always('allow') },
    args: (calls) => ({ ...on('conference')(calls), muted: true }),
  },
  'end conference': {
    ...{ on: ['conference'], tool: 'delete_call_session', verdict: always('ask') },
    args: on('conference'),
  },
  'drop guest': {
    ...{ on: ['guest'], near: 'conference', tool: 'delete_call_session', verdict: always('ask') },
    args: on('guest'),
  },
  consult: {
    ...{ on: ['customer'], tool: 'consult_and_transfer', verdict: always('ask'), isPlan: true },
    args: (calls) => ({ ...on('customer')(calls), colleague: '102' }),
  },
  burn: {
    ...{ on: ['customer'], tool: 'read_call_session_status', verdict: always('allow') },
    args: (calls) => ({ ...on('customer')(calls), fresh: true }),
  },
};
type DeedName = keyof typeof deeds;

/** Whoever answers must stay so long, in ms, before they are connected with anybody. */
const STAYS_MS = 3_000;

/** The calls that each request of a plan acts on. */
const touches: Readonly<Record<string, readonly Place[]>> = {
  'POST hold': ['customer'],
  'POST unhold': ['customer'],
  'POST call-out': [],
  'POST bridge': ['customer', 'placed'],
  DELETE: ['placed'],
};

/** The requests of a plan, each with what must be so, beside a yes that names everybody on the customer's call. */
const planned: Readonly<Record<string, (truth: Truth, now: number, colleague: string) => boolean>> = {
  'POST hold': () => true,
  'POST unhold': () => true,
  'POST call-out': () => true,
  'POST bridge': ({ people, placedAnsweredAt }, now, colleague) =>
    placedAnsweredAt !== undefined &&
    now - placedAnsweredAt >= STAYS_MS &&
    people.placed.every(({ who, own }) => own || who === colleague),
  DELETE: ({ placedIsAnswered }) => !placedIsAnswered,
};

const moves = {
  'send on to a stranger': '',
  'send on to 911': '',
  'send on to a colleague': '',
  'call 911': '',
  'bring in a stranger': '',
  'bring in 911': '',
  'mute by hand': '',
  'unmute by hand': '',
  'repoint abroad': '',
  'repoint to premium': '',
  'repoint home': '',
  leave: '',
  'call again': '',
  'placed is answered': '',
  'placed is declined': '',
  'placed is sent on': '',
  'placed is sent on to 911': '',
  'dial by hand': '',
  'a second': '',
} as const;
type Move = keyof typeof moves;

const move = fc.constantFrom(...(Object.keys(moves) as Move[]));
const trouble: fc.Arbitrary<RestFault> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constant({ beforeMs: 1_500 }) },
  { weight: 1, arbitrary: fc.constant({ beforeMs: 6_000 }) },
  { weight: 1, arbitrary: fc.constant({ afterMs: 1_200 }) },
  { weight: 1, arbitrary: fc.constant({ afterMs: 5_000 }) },
  { weight: 1, arbitrary: fc.constant({ fails: '401' as const, afterMs: 4_000 }) },
  { weight: 1, arbitrary: fc.constant({ fails: '429' as const }) },
);
/** What happens at the steps of one act, in order; undefined: nothing. */
const step = fc.record({
  before: fc.array(move, { maxLength: 3 }),
  deed: fc.constantFrom<DeedName>(
    ...Object.keys(deeds),
    'bridge',
    'flip',
    'drop',
    'transfer',
    'place',
    'end placed',
    'consult',
    'consult',
    'consult',
    'consult',
    'consult',
  ),
  principal: fc.constantFrom('ann', 'bob'),
  within: fc.array(fc.option(move, { nil: undefined, freq: 2 }), { maxLength: 6 }),
  troubles: fc.array(trouble, { maxLength: 6 }),
  asked: fc.array(move, { maxLength: 2 }),
  /** Longer than the grace, and shorter than a question lives. */
  rests: fc.constantFrom(0, 3_000),
  thinks: fc.constantFrom(0, 3_000, 20_000),
  answers: fc.boolean(),
  /** After so long, in ms, the colleague answers whom a plan calls. */
  colleagueAnswersMs: fc.constantFrom(undefined, 600, 2_000),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface WireSession {
  parties: {
    id: string;
    extensionId?: string;
    direction: string;
    muted?: boolean;
    status: { code: string };
    from?: { phoneNumber?: string };
    to?: { phoneNumber?: string };
  }[];
}

interface Act extends ToolCall {
  deed: Deed;
  colleagueAnswersMs: number | undefined;
  within: (Move | undefined)[];
  troubles: RestFault[];
  /** What its person said yes to, the newest last. */
  confirmed: string[];
}

const tally = () => ({
  planned: 0,
  'connected by a plan': 0,
  allowed: 0,
  confirmed: 0,
  refused: 0,
  'own call ended': 0,
  'ended by itself': 0,
});

const yes = ({ requestedSchema }: ShownForm): ElicitResult => {
  const { decision } = requestedSchema.properties;
  return {
    action: 'accept',
    content: decision ? { decision: decision.enum?.[0] ?? '' } : { confirm: true },
  };
};

class Play {
  readonly violations: string[] = [];
  readonly #testbed: InProcessTestbed<Act>;
  readonly #count: ReturnType<typeof tally>;
  readonly #open: Shown<Act>[] = [];
  readonly #calls: Calls = {
    ...{ colleague: '', customer: '', ring: '', conference: '', guest: '', placed: '' },
  };
  #placedBy: string | undefined;
  #placedIsAnswered = false;
  #placedAnsweredAt: number | undefined;
  /** A plan has just called a colleague: whoever it is for. */
  #placing: Act | undefined;
  /** Calls that end by themselves unless somebody answers. */
  readonly #announced = new Set<string>();
  /** Calls that were brought into the conference. */
  readonly #guests: string[] = [];
  readonly #truths: Truth[] = [];
  #mutedByHand = false;
  #mutedByHandAt = 0;
  #mobile = MOBILES.ours;
  #hadEmergency = false;

  constructor(era: Era, seed: number, count: ReturnType<typeof tally>) {
    this.#count = count;
    const caps = { ringing: 1_000, outside: 1_000, calls: 1_000 };
    this.#testbed = new InProcessTestbed<Act>(
      era,
      seed,
      {
        asked: (shown) => void this.#open.push(shown),
        closed: (shown) => {
          const index = this.#open.indexOf(shown);
          if (index >= 0) this.#open.splice(index, 1);
        },
        trouble: (act) => act?.troubles.shift() ?? {},
        sending: (act) => {
          const next = act?.within.shift();
          if (next) this.#move(next);
          this.#note();
        },
        sent: (entry, act) => this.#judge(entry, act),
        answered: (act, text) => {
          this.#notePlaced(act, text);
          if (text.includes('"error"')) this.#count.refused += 1;
        },
      },
      { policy: { ...presets.standard, caps } },
    );
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const place of laidOut) this.#layOut(place);
    this.#repoint(MOBILES.ours);
    await this.#testbed.start();
    for (const {
      before,
      deed: name,
      principal,
      within,
      troubles,
      asked,
      answers,
      rests,
      thinks,
      colleagueAnswersMs,
    } of steps) {
      for (const one of before) this.#move(one);
      await this.#testbed.wait(rests);
      const deed = deeds[name];
      if (!deed) continue;
      if (deed.isPlan) this.#leaveOthers();
      const args = { ...deed.args(this.#calls) };
      const act: Act = {
        ...{ principal, tool: deed.tool, args, deed, colleagueAnswersMs },
        ...{ within: [...within], troubles: [...troubles], confirmed: [] },
      };
      this.#testbed.call(act);
      await this.#testbed.settle();
      for (let round = 0; this.#open.length > 0; round += 1) {
        const shown = this.#open.shift();
        for (const one of round === 0 ? asked : []) this.#move(one);
        if (round === 0) await this.#testbed.wait(thinks);
        if (!shown) break;
        if (answers) shown.call.confirmed.push(shown.form.message);
        shown.answer(answers ? yes(shown.form) : { action: 'decline' });
        await this.#testbed.settle();
      }
    }
    await this.#testbed.close();
  }

  /** The rule. Called with every entry of the request log, at the moment of the request. */
  #judge({ method, path }: LoggedRequest, act: Act | undefined): void {
    if (method === 'GET' || !path.includes('/telephony/')) return;
    // Of a call that ends by itself: its timer can run within another act, which winds the clock.
    const endsByItself = method === 'DELETE' && this.#mayEndByItself(path);
    if (!act || (endsByItself && act.deed !== deeds['end placed'])) {
      if (!endsByItself) this.violations.push(`${method} ${path}: sent for nobody`);
      this.#count['ended by itself'] += 1;
      return;
    }
    // Both at once: nothing shows whose mute it was.
    const isJustMuted = this.#testbed.now - this.#mutedByHandAt <= GRACE_MS;
    if (act.deed === deeds.mute && isJustMuted) this.#mutedByHand = false;
    const recent = this.#recentTruths();
    const message = act.confirmed.at(-1);
    if (act.deed.isPlan) {
      this.#judgePlanned(method, path, act, message);
      return;
    }
    const isRight = (truth: Truth): boolean => {
      const verdict = verdictOf(act.deed, truth, act.principal);
      if (verdict === 'allow') return true;
      return verdict === 'ask' && message !== undefined && this.#isNamed(act.deed, truth, message);
    };
    if (!recent.some(isRight) && !endsByItself) {
      const truth = recent.at(-1);
      this.violations.push(
        `${method} ${path.replace(/.*sessions/, '')}: ${truth && verdictOf(act.deed, truth, act.principal)}, ${JSON.stringify(truth)}, yes to: ${message}`,
      );
    }
    if (message === undefined) this.#count.allowed += 1;
    else this.#count.confirmed += 1;
    if (message === undefined && act.deed === deeds['end placed']) this.#count['own call ended'] += 1;
  }

  /** One request of a plan that a person has said yes to. */
  #judgePlanned(method: string, path: string, act: Act, message: string | undefined): void {
    const { now, sandbox } = this.#testbed;
    const request = method === 'DELETE' ? method : `${method} ${path.replace(/.*\//, '')}`;
    const colleague = sandbox.ext('102');
    const isRight = (truth: Truth): boolean => {
      const touched = (['customer', 'placed'] as const)
        .filter((place) => touches[request]?.includes(place))
        .flatMap((place) => truth.people[place]);
      if (touched.some(({ who }) => who === OPERATOR)) return request === 'POST unhold';
      if (message === undefined || !message.includes('extension 102')) return false;
      const on = (touches[request] ?? []).filter((place) => place === 'customer');
      const isNamed = this.#isNamed({ on, tool: '' }, truth, message);
      return isNamed && planned[request]?.(truth, now, colleague) === true;
    };
    if (!this.#recentTruths().some(isRight)) {
      const truth = JSON.stringify(this.#recentTruths().at(-1));
      this.violations.push(`plan: ${request}, ${truth}, yes to: ${message}`);
    }
    this.#count.planned += 1;
    if (request === 'POST bridge') this.#count['connected by a plan'] += 1;
    if (request === 'POST call-out') this.#placing = act;
  }

  /** Whether the call was announced to end by itself when it was placed, and nobody has answered it. */
  #mayEndByItself(path: string): boolean {
    const isRight = ({ people, placedIsAnswered }: Truth) =>
      !placedIsAnswered && !people.placed.some(({ who }) => who === OPERATOR);
    const call = [...this.#announced].find((id) => path.endsWith(id));
    if (call === undefined) return false;
    return call !== this.#calls.placed || this.#recentTruths().some(isRight);
  }

  #recentTruths(): Truth[] {
    const { now } = this.#testbed;
    return this.#truths.filter(({ at }, index) => {
      const until = this.#truths[index + 1]?.at ?? Number.POSITIVE_INFINITY;
      return until >= now - GRACE_MS && at <= now;
    });
  }

  /** An agent's call takes the place of the one that was placed before, which ends. */
  #notePlaced({ deed, principal, args }: Act, text: string): void {
    const call = deed.tool === 'create_call_out_call_session' && /"id":"(s-[^"]+)"/.exec(text)?.[1];
    if (!call) return;
    this.#place(call, principal);
    if ('hangUpAfterSeconds' in args) this.#announced.add(call);
  }

  #place(call: string, placedBy: string | undefined): void {
    this.#end(this.#calls.placed);
    this.#calls.placed = call;
    this.#placedBy = placedBy;
    this.#placedIsAnswered = false;
    this.#placedAnsweredAt = undefined;
    // Until the phones ring.
    this.#testbed.sandbox.clock.advance(500);
    this.#note();
  }

  /** Everybody whom the act reaches stands in the question, and where it goes. */
  #isNamed(
    { on: touched, tool }: Pick<Deed, 'on' | 'tool'>,
    { people, mobile }: Truth,
    message: string,
  ): boolean {
    const { extensions } = this.#testbed.sandbox.engine.world;
    /** By the number on the call where the directory could not be read. */
    const namesOf = (who: string, own: boolean) => {
      const { extensionNumber = '', directNumber = '' } = extensions.get(who) ?? {};
      if (who.startsWith('+')) return [who];
      const unread = [
        `colleague at ${extensionNumber}`,
        `colleague at ${directNumber}`,
        ...(own ? ['- You'] : []),
      ];
      return [`extension ${extensionNumber}`, ...unread];
    };
    // While a call is being brought in, the platform does not say which one it is.
    const isToldUnknown = message.includes('it is not known who was brought in');
    const named = isToldUnknown ? touched.filter((place) => place !== 'conference') : touched;
    const everybody = named.flatMap((place) => people[place]).map(({ who, own }) => namesOf(who, own));
    if (tool === 'call_flip_party') everybody.push([mobile]);
    return everybody.every((names) => names.some((name) => message.includes(name)));
  }

  #move(how: Move): void {
    const { sandbox } = this.#testbed;
    this.#note();
    try {
      if (how === 'a second') sandbox.clock.advance(1_000);
      else this.#happen(how);
    } catch (error) {
      // Not possible now.
      if (!(error instanceof ApiError)) throw error;
    }
    this.#note();
  }

  #happen(how: Move): void {
    const { sandbox } = this.#testbed;
    const { engine } = sandbox;
    const { colleague } = this.#calls;
    const sendOn = (to: { phoneNumber: string } | { extensionNumber: string }) => {
      const theirs = this.#session(colleague).parties.find(
        ({ extensionId, status }) => extensionId === sandbox.ext('102') && status.code === 'Answered',
      );
      if (!theirs) return;
      engine.act(colleague, theirs.id, 'transfer', to);
      const called = this.#session(colleague).parties.find(
        ({ status }) => status.code === 'Setup' || status.code === 'Proceeding',
      );
      if (called) engine.act(colleague, called.id, 'answer', {});
    };
    if (how === 'send on to a stranger') sendOn({ phoneNumber: EVE });
    if (how === 'send on to 911') sendOn({ phoneNumber: OPERATOR });
    if (how === 'send on to a colleague') sendOn({ extensionNumber: '103' });
    if (how === 'call 911') {
      const call = sandbox.call('101', { phoneNumber: OPERATOR });
      sandbox.clock.advance(200);
      this.#hadEmergency = true;
      engine.dropCall(call);
    }
    if (how === 'mute by hand' || how === 'unmute by hand') {
      const wasMuted = this.#session(colleague).parties.some(
        (one) => one.id === id(colleague, 1) && one.muted,
      );
      const before = this.#mutedByHand;
      // Of a button that changes nothing nobody is told. First, because its event can set off the next move.
      this.#mutedByHand = how === 'mute by hand' && (!wasMuted || before);
      if (this.#mutedByHand && !before) this.#mutedByHandAt = sandbox.clock.now();
      try {
        engine.act(colleague, id(colleague, 1), how === 'mute by hand' ? 'mute' : 'unmute', {});
      } catch (error) {
        this.#mutedByHand = before;
        throw error;
      }
    }
    if (how === 'bring in a stranger') this.#bringIn(EVE);
    if (how === 'bring in 911') this.#bringIn(OPERATOR);
    if (how === 'repoint abroad') this.#repoint(MOBILES.abroad);
    if (how === 'repoint to premium') this.#repoint(MOBILES.premium);
    if (how === 'repoint home') this.#repoint(MOBILES.ours);
    if (how.startsWith('placed')) this.#actOnPlaced(how);
    if (how === 'dial by hand') {
      const from = { extensionNumber: '101', deviceId: DESK_101 };
      this.#place(engine.placeCall({ from, to: { extensionNumber: '102' } }).telephonySessionId, undefined);
    }
    if (how === 'leave') engine.act(this.#calls.customer, id(this.#calls.customer, 1), 'hangup', {});
    if (how === 'call again') for (const place of laidOut) this.#layOut(place);
  }

  #actOnPlaced(how: Move): void {
    const { engine } = this.#testbed.sandbox;
    const { placed } = this.#calls;
    if (!placed) return;
    const sendOn = (to: object) => engine.act(placed, id(placed, 2), 'transfer', to);
    if (how === 'placed is answered') {
      engine.act(placed, id(placed, 2), 'answer', { deviceId: DESK_102 });
      this.#placedIsAnswered = true;
      this.#placedAnsweredAt = this.#testbed.now;
    }
    if (how === 'placed is declined') engine.act(placed, id(placed, 2), 'decline', {});
    if (how === 'placed is sent on') sendOn({ extensionNumber: '103' });
    if (how === 'placed is sent on to 911') sendOn({ phoneNumber: OPERATOR });
  }

  /** Without parties when it ended a while ago. */
  #session(call: string): WireSession {
    return (this.#testbed.sandbox.engine.session(call) as WireSession | undefined) ?? { parties: [] };
  }

  #repoint(phoneNumber: string): void {
    const { sandbox } = this.#testbed;
    const self = sandbox.engine.world.extensions.get(sandbox.ext('101'));
    if (!self) throw new Error('no extension 101');
    this.#mobile = phoneNumber;
    self.flipNumbers = self.flipNumbers.map((one) =>
      one.flipNumber === '1' ? { ...one, phoneNumber } : one,
    );
  }

  #layOut(place: (typeof laidOut)[number]): void {
    const { sandbox } = this.#testbed;
    this.#end(this.#calls[place]);
    if (place === 'conference') {
      this.#confer();
      return;
    }
    const call =
      place === 'colleague'
        ? sandbox.engine.placeCall({
            from: { extensionNumber: '101', deviceId: DESK_101 },
            to: { extensionNumber: '102' },
          }).telephonySessionId
        : sandbox.call(place === 'customer' ? ADA : EVE, '+12055550101');
    this.#calls[place] = call;
    sandbox.clock.advance(200);
    if (place === 'colleague') {
      sandbox.act(call, 2, 'answer', { deviceId: DESK_102 });
      this.#mutedByHand = false;
    }
    if (place === 'customer') sandbox.act(call, 2, 'answer', { deviceId: DESK_101 });
  }

  #end(call: string): void {
    try {
      if (call) this.#testbed.sandbox.engine.dropCall(call);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** 101 talks with the customer alone: a plan calls nobody beside another conversation. */
  #leaveOthers(): void {
    for (const call of [this.#calls.colleague, this.#calls.conference, this.#calls.placed, ...this.#guests]) {
      this.#end(call);
    }
    this.#testbed.sandbox.clock.advance(500);
    this.#note();
  }

  #confer(): void {
    const { sandbox } = this.#testbed;
    for (const guest of this.#guests.splice(0)) this.#end(guest);
    const { body } = sandbox.operate('createConferenceCallSession', undefined, undefined);
    this.#calls.conference = (body as { session: { id: string } }).session.id;
    sandbox.act(this.#calls.conference, 1, 'join', { deviceId: DESK_101 });
    sandbox.clock.advance(500);
    this.#calls.guest = this.#bringIn(GUEST);
  }

  /** As the person does with another app: nothing tells this server. */
  #bringIn(who: string): string {
    const { sandbox } = this.#testbed;
    const isCalled = who === OPERATOR;
    const call = isCalled
      ? sandbox.call({ extensionNumber: '101', deviceId: DESK_101 }, { phoneNumber: OPERATOR })
      : sandbox.call(who, '+12055550101');
    // Until an outside phone rings.
    sandbox.clock.advance(isCalled ? 1_000 : 200);
    sandbox.act(call, 2, 'answer', isCalled ? {} : { deviceId: DESK_101 });
    sandbox.operate('createCallPartyWithBringIn', this.#calls.conference, undefined, {
      sessionId: call,
      partyId: id(call, isCalled ? 1 : 2),
    });
    this.#guests.push(call);
    this.#note();
    return call;
  }

  /** The consultation of a plan takes the place of the call that was placed before. */
  #notePlacing(): void {
    if (this.#placing === undefined) return;
    const { calls } = this.#testbed.sandbox.engine.state() as unknown as {
      calls: { telephonySessionId: string; origin: { type: string } }[];
    };
    const call = calls.findLast(({ origin }) => origin.type === 'CallOut')?.telephonySessionId;
    if (call === undefined || call === this.#calls.placed) return;
    const { principal, colleagueAnswersMs } = this.#placing;
    this.#placing = undefined;
    this.#calls.placed = call;
    this.#placedBy = principal;
    this.#placedIsAnswered = false;
    this.#placedAnsweredAt = undefined;
    if (colleagueAnswersMs === undefined) return;
    this.#testbed.sandbox.clock.setTimeout(() => this.#move('placed is answered'), colleagueAnswersMs);
  }

  /** Keeps what is so now, for those who may rest on it for two seconds more. */
  #note(): void {
    const { clock } = this.#testbed.sandbox;
    const own = this.#testbed.sandbox.ext('101');
    this.#notePlacing();
    const peopleOf = (call: string): Person[] => {
      try {
        return this.#session(call)
          .parties.filter(({ status }) => !['Disconnected', 'Gone'].includes(status.code))
          .map(({ extensionId, direction, from, to }) => ({
            who: extensionId ?? (direction === 'Outbound' ? from : to)?.phoneNumber ?? '?',
            own: extensionId === own,
          }));
      } catch (error) {
        if (error instanceof ApiError) return [];
        throw error;
      }
    };
    this.#truths.push({
      at: clock.now(),
      people: {
        colleague: peopleOf(this.#calls.colleague),
        customer: peopleOf(this.#calls.customer),
        ring: peopleOf(this.#calls.ring),
        conference: this.#guests.flatMap(peopleOf),
        guest: peopleOf(this.#calls.guest),
        placed: peopleOf(this.#calls.placed),
      },
      mobile: this.#mobile,
      mutedByHand: this.#mutedByHand,
      hadEmergency: this.#hadEmergency,
      placedBy: this.#placedBy,
      placedIsAnswered: this.#placedIsAnswered,
      placedAnsweredAt: this.#placedAnsweredAt,
      rings: this.#session(this.#calls.ring).parties.some(
        ({ extensionId, status }) => extensionId === own && ['Setup', 'Proceeding'].includes(status.code),
      ),
    });
  }
}

function verdictOf(deed: Deed, truth: Truth, principal: string): Verdict {
  const touched = deed.near ? [...deed.on, deed.near] : deed.on;
  const isEmergency = touched.some((place) => truth.people[place].some(({ who }) => who === OPERATOR));
  if (isEmergency) return deed.helps ? 'allow' : 'deny';
  if (deed.sendsAway && truth.rings && truth.hadEmergency) return 'deny';
  return deed.verdict(truth, principal);
}

test('no act rests on what was so before', { timeout: 7_200_000 }, async () => {
  const count = tally();
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.array(step, { minLength: 3, maxLength: 12, size: 'max' }),
      fc.constantFrom(...eras),
      async (seed, steps, era) => {
        const play = new Play(era, seed, count);
        await play.run(steps);
        expect(play.violations).toEqual([]);
      },
    ),
    tries,
  );
  for (const [way, times] of Object.entries(count)) expect(times, way).toBeGreaterThan(0);
  if (TRUTH_RUNS) process.stdout.write(`${TRUTH_RUNS} runs, ${JSON.stringify(count)}\n`);
});

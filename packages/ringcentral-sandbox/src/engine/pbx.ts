import type { Clock } from '../clock.ts';
import { chooseBySeed, createRandom, type Random } from '../random.ts';
import {
  FIRST_LEGACY_SESSION_ID,
  LEGACY_SESSION_ID_STEP,
  partyId,
  SERVER_ID,
  SERVER_IP,
  telephonySessionId,
  voiceCallToken,
} from './ids.ts';
import { type Call, isOver, type Party, type Reason } from './model.ts';
import { Recordings } from './recordings.ts';
import { ENDED_CALL_MS } from './timing.ts';
import type { World } from './world.ts';

/** What a new leg begins with; everything else of it has its default. */
export type NewParty = Pick<Party, 'direction' | 'code' | 'from' | 'to'> &
  Partial<
    Pick<
      Party,
      | 'extensionId'
      | 'reason'
      | 'serves'
      | 'supervision'
      | 'queueName'
      | 'emergencyCallback'
      | 'conferenceRole'
      | 'ringOutRole'
      | 'mobilePickup'
      | 'parkCode'
      | 'phone'
      | 'onBehalfOf'
      | 'machine'
      | 'answeredAt'
    >
  >;

/** What can change on a leg by one event. */
export type PartyChange = Partial<
  Pick<Party, 'code' | 'reason' | 'from' | 'to' | 'parkCode' | 'peer' | 'missedCall' | 'standAlone'>
>;

/** Is called after each change of a leg. */
export type PartyObserver = (party: Party) => void;

/**
 * The private branch exchange: the calls and legs, the world around them, clock and random numbers. Every change of a
 * leg goes through `addParty` and `change`, which raise the session's `sequence` and call each observer once.
 */
export class Pbx {
  readonly clock: Clock;
  world: World;
  random: Random;
  readonly calls = new Map<string, Call>();
  readonly recordings = new Recordings();
  readonly #seed: number;
  readonly #createWorld: () => World;
  readonly #observers: PartyObserver[] = [];
  /** Live legs by extension. */
  readonly #legs = new Map<string, Set<Party>>();
  /** Calls parked by code: the waiting leg, by its code (`*801`). */
  readonly parked = new Map<string, Party>();
  #nextLegacyId = FIRST_LEGACY_SESSION_ID;
  /** Raised by a reset: timers of an earlier epoch do nothing. */
  #epoch = 0;

  constructor(options: { clock: Clock; seed: number; createWorld: () => World }) {
    this.clock = options.clock;
    this.#seed = options.seed;
    this.#createWorld = options.createWorld;
    this.random = createRandom(options.seed);
    this.world = options.createWorld();
  }

  /** Calls `observer` after each change of a leg, after the observers that came before. */
  observe(observer: PartyObserver): void {
    this.#observers.push(observer);
  }

  /** One of the options, always the same for this seed and key. */
  choose<T>(key: string, options: readonly T[]): T {
    return chooseBySeed(this.#seed, key, options);
  }

  /** Opens a session without parties. */
  openCall(origin: Call['origin'], options: { hostExtensionId?: string; sessionId?: string } = {}): Call {
    const now = this.clock.now();
    const id = telephonySessionId(this.random, now);
    const isConference = origin === 'Conference';
    const call: Call = {
      id,
      sessionId: isConference ? '0' : (options.sessionId ?? this.#legacyId()),
      serverId: SERVER_ID,
      origin,
      createdAt: now,
      // The first event that is delivered has number 2 (platform.md 4.4).
      sequence: 1,
      changedAt: now,
      parties: [],
      ended: false,
      participants: new Map(),
      timers: new Set(),
      reached: [],
      ...(isConference ? { voiceCallToken: voiceCallToken(id, SERVER_IP) } : {}),
      ...(options.hostExtensionId === undefined ? {} : { hostExtensionId: options.hostExtensionId }),
    };
    this.calls.set(id, call);
    return call;
  }

  /** Adds a leg to a call, as one event. */
  addParty(call: Call, init: NewParty): Party {
    const party: Party = {
      call,
      id: partyId(call.id, call.parties.length + 1),
      createdAt: this.clock.now(),
      phone: { held: false, muted: false },
      api: { held: false, muted: false },
      standAlone: false,
      recordings: [],
      missedCall: false,
      emergencyCallback: false,
      mobilePickup: false,
      timers: new Set(),
      ...init,
    };
    call.parties.push(party);
    if (party.extensionId !== undefined) this.#legsOf(party.extensionId).add(party);
    this.#tell(party);
    return party;
  }

  /**
   * Changes a leg, as one event. A new status code without a reason clears the old reason; an end closes an empty
   * call.
   */
  change(party: Party, change: PartyChange): void {
    if (change.code !== undefined && change.code !== party.code && change.reason === undefined) {
      delete party.reason;
    }
    Object.assign(party, change);
    if (party.parkCode !== undefined && party.code !== 'Parked') {
      this.parked.delete(party.parkCode);
      delete party.parkCode;
    }
    if (party.code === 'Hold') party.mobilePickup = false;
    if (isOver(party)) this.#release(party);
    this.#tell(party);
    if (isOver(party)) this.#closeIfOver(party.call);
  }

  /** Ends a leg, unless it has ended. A hang-up has no reason (platform.md 4.6). */
  end(party: Party, reason?: Reason): void {
    if (party.code === 'Disconnected') return;
    this.change(party, { code: 'Disconnected', ...(reason === undefined ? {} : { reason }) });
  }

  /**
   * Moves a party to a new leg, in the same call or in another, and returns that; the old leg is `Gone` and names it.
   */
  relocate(party: Party, call: Call, reason: Reason, init: Partial<NewParty> = {}): Party {
    const next = this.addParty(call, {
      direction: party.direction,
      code: 'Answered',
      from: party.from,
      to: party.to,
      ...(party.extensionId === undefined ? {} : { extensionId: party.extensionId }),
      ...(party.emergencyCallback ? { emergencyCallback: true } : {}),
      ...(party.machine ? { machine: true } : {}),
      ...(party.answeredAt === undefined ? {} : { answeredAt: party.answeredAt }),
      phone: { held: false, muted: party.phone.muted },
      ...init,
    });
    this.endLegsServing(party);
    party.movedTo = next;
    this.change(party, { code: 'Gone', reason, peer: next });
    return next;
  }

  /** Ends the legs that exist for a waiting party: what rings, menus, voicemail. */
  endLegsServing(person: Party): void {
    for (const leg of person.call.parties) if (leg.serves === person && !isOver(leg)) this.end(leg);
  }

  /**
   * Runs `run` after `ms` milliseconds, unless the leg or call has ended or the sandbox was reset; returns cancel.
   */
  later(owner: Party | Call, ms: number, run: () => void): () => void {
    const forget = this.schedule(ms, () => {
      owner.timers.delete(cancel);
      run();
    });
    const cancel = () => {
      owner.timers.delete(cancel);
      forget();
    };
    owner.timers.add(cancel);
    return cancel;
  }

  /** Runs `run` after `ms` milliseconds, unless the sandbox was reset; returns cancel. */
  schedule(ms: number, run: () => void): () => void {
    const epoch = this.#epoch;
    return this.clock.setTimeout(() => {
      if (epoch === this.#epoch) run();
    }, ms);
  }

  /** Live legs of an extension, oldest first. */
  legsOf(extensionId: string): Iterable<Party> {
    return this.#legs.get(extensionId) ?? [];
  }

  #legsOf(extensionId: string): Set<Party> {
    let legs = this.#legs.get(extensionId);
    if (legs === undefined) {
      legs = new Set();
      this.#legs.set(extensionId, legs);
    }
    return legs;
  }

  /** Ends a call. It stays readable for a minute. */
  closeCall(call: Call): void {
    if (call.ended) return;
    call.ended = true;
    for (const cancel of [...call.timers]) cancel();
    this.schedule(ENDED_CALL_MS, () => this.calls.delete(call.id));
  }

  /** Back to a fresh world and the first seed, without calls and timers. Observers stay. */
  reset(): void {
    this.stop();
    this.calls.clear();
    this.#legs.clear();
    this.parked.clear();
    this.recordings.clear();
    this.#nextLegacyId = FIRST_LEGACY_SESSION_ID;
    this.random = createRandom(this.#seed);
    this.world = this.#createWorld();
  }

  /** Disarms every timer. */
  stop(): void {
    this.#epoch += 1;
  }

  #legacyId(): string {
    const id = this.#nextLegacyId;
    this.#nextLegacyId += LEGACY_SESSION_ID_STEP;
    return String(id);
  }

  #release(party: Party): void {
    delete party.ringing;
    delete party.calledFirst;
    for (const cancel of [...party.timers]) cancel();
    if (party.extensionId !== undefined) this.#legs.get(party.extensionId)?.delete(party);
  }

  #tell(party: Party): void {
    party.call.sequence += 1;
    party.call.changedAt = this.clock.now();
    for (const observer of this.#observers) observer(party);
  }

  #closeIfOver(call: Call): void {
    if (call.participants.size === 0 && call.parties.every(isOver)) this.closeCall(call);
  }
}

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isInitializeRequest } from '@modelcontextprotocol/server';
import { isSamePrincipal, type Principal } from '../../identity/principal.ts';
import { isRequest, type RpcBody } from '../../json-rpc.ts';
import { refuseExcess } from '../../message-bounds.ts';
import { Refusal } from '../../refusal.ts';
import {
  type Session,
  type SessionOptions,
  type SessionParts,
  type SessionRequest,
  Sessions,
} from '../sessions.ts';
import { OwnedSession } from './owned-session.ts';
import { hopPaths, ownerGone, type Passable, type PassOn } from './pass-on.ts';
import { Pulse } from './pulse.ts';
import { away, elsewhere, inDoubt, orRefuse } from './refusals.ts';
import type {
  Claim,
  KnownSession,
  SessionOwner,
  SessionRecord,
  SessionRegister,
} from './session-register.ts';
import { SharedTransport } from './shared-transport.ts';

export interface SharedSessionOptions extends SessionOptions {
  register: SessionRegister;
  passOn: PassOn;
}

/**
 * In ms: how long a request waits until a session has an owner that can be reached. An owner that ends is reached no more,
 * and lets go of its sessions within the time that it has for requests under way.
 */
const patienceMs = 12_000;
const retryMs = 100;

/**
 * Sessions that any replica takes requests for. Each has one owner, to which the others pass requests on; where it does
 * not live any more, the replica that is asked takes the session over.
 */
export class SharedSessions extends Sessions {
  readonly #register: SessionRegister;
  readonly #passOn: PassOn;
  readonly #owned = new Map<string, OwnedSession>();
  readonly #adopting = new Map<string, Promise<void>>();
  #pulse: Pulse | undefined;
  #begun: Promise<void> | undefined;
  #isLeaving = false;
  readonly #stopListening: () => void;

  constructor({ register, passOn, ...options }: SharedSessionOptions) {
    super(options);
    this.#register = register;
    this.#passOn = passOn;
    this.#stopListening = register.onUp(() => {
      for (const owned of this.#owned.values()) owned.catchUp();
    });
  }

  /** Begins to tell others that this replica lives. `url`: under which they reach it. */
  begin(url: string): Promise<void> {
    this.#pulse = new Pulse({
      register: this.#register,
      url,
      owned: () => [...this.#owned.values()],
    });
    this.#begun = this.#pulse.begin();
    return this.#begun;
  }

  /** Ends sessions of these principals at all replicas. */
  override async endOf(isEnded: (principal: Principal) => boolean): Promise<void> {
    await super.endOf(isEnded);
    await this.#register.endOf(isEnded).catch((error) => {
      this.options.log.warn({ reason: String(error) }, 'sessions at other replicas could not be ended');
    });
  }

  /**
   * Lets go of each session as soon as it has no request without an answer: another replica goes on with it. Never
   * rejects.
   */
  async handOver(): Promise<void> {
    this.#isLeaving = true;
    await this.#pulse?.leave();
    await Promise.all([...this.sessions].map(([id, session]) => this.#letGo(id, session)));
  }

  override async close(): Promise<void> {
    this.#isLeaving = true;
    this.#stopListening();
    this.#pulse?.end();
    await super.close();
    await this.#register.leave().catch(() => {});
    this.#passOn.close();
  }

  /**
   * Enters a stream of HTTP+SSE, which ends with this replica. `close` ends it.
   * @returns what is to be called when it has ended
   * @throws Refusal 503 where Redis is away
   */
  async enterStream(id: string, principal: Principal, close: () => void): Promise<() => void> {
    const owned = this.#own({ id, epoch: 1 }, { principal, kind: 'sse' }, { close });
    try {
      await this.#entered(owned);
    } catch (error) {
      this.#owned.delete(id);
      throw error;
    }
    return () => this.#closed(owned);
  }

  /**
   * The answer of the replica that has this stream; undefined where none has.
   * @throws Refusal 503 where the message may have been lost, or Redis is away
   */
  async passMessage(id: string, message: Omit<Passable, 'path' | 'method' | 'session'>) {
    const known = await orRefuse(() => this.#register.find(id));
    if (known?.kind !== 'sse' || !isSamePrincipal(known.principal, message.principal)) return undefined;
    if (!known.owner || known.owner.replica === this.#register.replica) return undefined;
    const passable = { ...message, path: hopPaths.messages, method: 'POST', session: id };
    const passed = await this.#passOn.pass(known.owner, passable);
    if (passed instanceof Response) return passed;
    if (passed === 'broken') throw new Refusal(503, ownerGone);
    return undefined;
  }

  protected override async find(
    id: string,
    incoming: SessionRequest,
  ): Promise<Session | Response | undefined> {
    const until = performance.now() + patienceMs;
    for (;;) {
      await this.#adopting.get(id)?.catch(() => {});
      const session = this.sessions.get(id);
      if (session) {
        await this.#pulse?.sure();
        if (this.sessions.get(id) === session) return session;
        continue;
      }
      const known = await orRefuse(() => this.#register.find(id));
      // The same answer for another principal's session, so that guessing ids tells nothing.
      if (known?.kind !== 'http' || !isSamePrincipal(known.principal, incoming.principal)) {
        if (incoming.isPassedOn) throw elsewhere();
        return undefined;
      }
      const taker = await this.#whoTakes(known, incoming);
      if (taker === 'here') {
        if (!isInitialize(known)) return this.#giveUp(id, known);
        await this.#adopt(id, known);
      } else if (taker !== 'later') {
        const answer = await this.#pass(id, incoming, taker);
        if (answer) return answer;
      }
      if (this.sessions.has(id)) continue;
      if (performance.now() > until || incoming.request.signal.aborted) throw inDoubt();
      await pause(retryMs);
    }
  }

  /**
   * Who takes a request for a session that is not here: `here` where this replica takes the session over, `later` where
   * nobody does now.
   * @throws Refusal 421 for a request that was passed on, and is for another
   */
  async #whoTakes(
    { owner }: KnownSession,
    incoming: SessionRequest,
  ): Promise<SessionOwner | 'here' | 'later'> {
    const isMine = owner?.replica === this.#register.replica;
    if (!this.#isLeaving && (!owner || isMine)) return 'here';
    if (incoming.isPassedOn) throw elsewhere();
    if (!owner) {
      const candidates = await orRefuse(() => this.#register.candidates());
      return candidates[Math.floor(Math.random() * candidates.length)] ?? 'here';
    }
    const isHeldBack = owner.isLeaving && beginsSomething(incoming);
    return isMine || isHeldBack ? 'later' : owner;
  }

  protected override async open(incoming: SessionRequest): Promise<Response> {
    if (incoming.isPassedOn) throw elsewhere();
    const { params } = incoming.body as RpcBody;
    const record: SessionRecord = { principal: incoming.principal, kind: 'http', initialize: params };
    const owned = this.#own({ id: randomUUID(), epoch: 1 }, record);
    try {
      await this.#entered(owned);
      return await super.open(incoming, this.#partsOf(owned));
    } catch (error) {
      this.#closed(owned);
      throw error;
    }
  }

  /** Resolves when all replicas know of it. Throws a 503 where Redis is away. */
  async #entered({ claim, record }: OwnedSession): Promise<void> {
    if (!this.#begun) throw away();
    await this.#begun;
    await orRefuse(() => this.#register.enter(claim, record));
  }

  /** The owner's answer; undefined where it has none and the request can do no harm a second time. */
  async #pass(id: string, incoming: SessionRequest, owner: SessionOwner): Promise<Response | undefined> {
    const { request, body, principal } = incoming;
    const messages = messagesOf(incoming);
    for (const message of messages) refuseExcess(message, Array.isArray(body) ? 400 : 200);
    const passed = await this.#passOn.pass(owner, {
      path: hopPaths.mcp,
      method: request.method,
      session: id,
      ...{ principal, body, headers: request.headers, signal: request.signal },
    });
    if (passed instanceof Response) return passed;
    if (passed === 'broken' && messages.some(isRequest)) throw new Refusal(503, ownerGone);
    return undefined;
  }

  async #letGo(id: string, session: Session): Promise<void> {
    const { server, transport } = session;
    await this.#adopting.get(id)?.catch(() => {});
    do await transport.settled();
    while (!transport.isSettled);
    if (this.sessions.get(id) !== session) return;
    // From here on nobody finds it.
    this.sessions.delete(id);
    const owned = this.#owned.get(id);
    await server.close().catch(() => {});
    if (owned) await this.#register.release(owned.claim).catch(() => {});
  }

  /** Takes a session over, unless another does. One at a time. */
  async #adopt(id: string, known: KnownSession): Promise<void> {
    const current = this.#adopting.get(id);
    if (current) return current.catch(() => {});
    const adopting = this.#takeOver(id, known);
    this.#adopting.set(id, adopting);
    await adopting.finally(() => this.#adopting.delete(id));
  }

  async #takeOver(id: string, { epoch, owner: _before, ...record }: KnownSession): Promise<void> {
    const adopted = await orRefuse(() => this.#register.adopt(id, epoch));
    if (!adopted) return;
    const owned = this.#own({ id, epoch: adopted.epoch }, record, { kept: adopted.kept });
    let session: Session | undefined;
    try {
      const watched = [...owned.watched];
      session = this.createSession(record.principal, this.#partsOf(owned));
      await session.server.connect(session.transport);
      await owned.events.answerEnded();
      await (session.transport as SharedTransport).adopt(record.initialize, record.principal, watched);
      this.#warnOfDamage(id, owned);
      this.options.log.info({ epoch: adopted.epoch }, 'took over a session');
    } catch (error) {
      // Another may try, and this one again.
      owned.isOver = true;
      this.#closed(owned);
      await session?.server.close();
      await this.#register.release(owned.claim).catch(() => {});
      throw error;
    }
  }

  /** Ends a session whose `initialize` is damaged: nobody can go on with it, and its client opens another. */
  async #giveUp(id: string, { epoch }: KnownSession): Promise<undefined> {
    const adopted = await orRefuse(() => this.#register.adopt(id, epoch));
    if (!adopted) return;
    this.options.log.warn(
      { key: this.#register.keysOf(id).record },
      `what Redis has of a session is damaged, so it has ended and its client opens another. ${findOutWho}`,
    );
    await orRefuse(() => this.#register.end({ id, epoch: adopted.epoch }));
  }

  /** What is damaged counts as not kept, and is replaced by what there is. */
  #warnOfDamage(id: string, owned: OwnedSession): void {
    const { damaged } = owned.events;
    if (damaged.length === 0) return;
    this.options.log.warn(
      { key: this.#register.keysOf(id).kept, fields: damaged },
      `some of what is kept of a session in Redis is damaged: it is left out. ${findOutWho}`,
    );
    owned.catchUp();
  }

  #own(
    claim: Claim,
    record: SessionRecord,
    {
      kept,
      close = () => this.#close(claim),
    }: { kept?: ReadonlyMap<string, string>; close?: () => void } = {},
  ): OwnedSession {
    const owned = new OwnedSession({
      register: this.#register,
      ...{ claim, record, close },
      ...(kept && { kept }),
      sure: async () => this.#pulse?.sure(),
    });
    this.#owned.set(claim.id, owned);
    return owned;
  }

  #partsOf(owned: OwnedSession): SessionParts {
    return {
      id: owned.claim.id,
      events: owned.events,
      watchList: {
        uris: [...owned.watched],
        note: (uri, isWatched) => owned.watch(uri, isWatched),
      },
      createTransport: (options) =>
        new SharedTransport({ ...options, events: owned.events, epoch: owned.claim.epoch }),
      closed: () => this.#closed(owned),
    };
  }

  /** It has ended here; for the others too, unless one of them has it or may go on with it. */
  #closed(owned: OwnedSession): void {
    if (this.#owned.get(owned.claim.id) !== owned) return;
    this.#owned.delete(owned.claim.id);
    if (owned.isOver || this.#isLeaving) return;
    this.#register.end(owned.claim).catch((error) => {
      this.options.log.warn({ reason: String(error) }, 'the end of a session could not be told');
    });
  }

  #close({ id, epoch }: Claim): void {
    this.options.log.info({ epoch }, 'a session has ended elsewhere, or another replica has it');
    this.sessions
      .get(id)
      ?.server.close()
      .catch(() => {});
  }
}

const findOutWho = 'Find out who writes to Redis besides this server';

/** Whether a replica can initialize it as its client has done. */
const isInitialize = ({ initialize: params }: SessionRecord): boolean =>
  isInitializeRequest({ jsonrpc: '2.0', id: 0, method: 'initialize', params });

const messagesOf = ({ body }: SessionRequest): RpcBody[] =>
  (body === undefined ? [] : Array.isArray(body) ? body : [body]) as RpcBody[];

/** Whether it is more than an answer or a note to what has begun before: those are for the owner alone. */
const beginsSomething = (incoming: SessionRequest): boolean =>
  incoming.request.method !== 'POST' || messagesOf(incoming).some(isRequest);

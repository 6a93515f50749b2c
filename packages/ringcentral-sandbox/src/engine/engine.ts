import type { Clock } from '../clock.ts';
import { ActiveCalls } from './active-calls.ts';
import { act, actForAll } from './acts.ts';
import type {
  ActArguments,
  ActName,
  Actor,
  Called,
  Caller,
  Engine,
  EngineState,
  Notification,
  OperationName,
  OperationPath,
  RecordingMetadata,
  Reply,
  RingOutRequest,
  RingOutStatus,
} from './api.ts';
import { CallLog } from './call-log.ts';
import { finishRecordings } from './call-recording.ts';
import { ChangeWaiters } from './change-waiters.ts';
import { defaultWorld } from './default-world.ts';
import { diallerOf, startCall } from './dialling.ts';
import { notFound } from './errors.ts';
import { InjectedSessions, isRecord } from './injected.ts';
import { Notifier } from './notifier.ts';
import { findCall } from './operations/context.ts';
import { operate } from './operations/operate.ts';
import { Pbx } from './pbx.ts';
import { Presence, type PresenceView } from './presence.ts';
import { cancelRingOut, endTwin, ringOutStatus, startRingOut } from './ring-out.ts';
import { dumpState } from './state-dump.ts';
import { endCall } from './teardown.ts';
import { restSession } from './wire.ts';
import type { Extension, World } from './world.ts';

export interface EngineOptions {
  clock: Clock;
  seed: number;
  /** Makes a fresh world, at the start and at each reset; without it the default world. */
  createWorld?: () => World;
}

/** Creates the telephony engine: calls, their legs and the notifications of both. It does no input or output. */
export function createEngine({ clock, seed, createWorld = defaultWorld }: EngineOptions): Engine {
  return new TelephonyEngine(new Pbx({ clock, seed, createWorld }));
}

/** What each method promises is said in `Engine`. */
class TelephonyEngine implements Engine {
  readonly #pbx: Pbx;
  readonly #presence: Presence;
  readonly #notifier: Notifier;
  readonly #activeCalls: ActiveCalls;
  readonly #callLog: CallLog;
  readonly #injected = new InjectedSessions();
  readonly #waiters = new ChangeWaiters();

  constructor(pbx: Pbx) {
    this.#pbx = pbx;
    this.#presence = new Presence(pbx);
    this.#notifier = new Notifier(pbx, this.#presence);
    this.#activeCalls = new ActiveCalls(pbx);
    this.#callLog = new CallLog(pbx);
    // Notifications first: they show a leg as it is before its recordings, the lists and a twin leg follow.
    pbx.observe((party) => {
      this.#notifier.partyChanged(party);
      this.#waiters.changed(party.call.id);
    });
    pbx.observe((party) => finishRecordings(pbx, party));
    pbx.observe((party) => this.#activeCalls.observe(party));
    pbx.observe((party) => this.#callLog.observe(party));
    pbx.observe((party) => endTwin(pbx, party));
  }

  get world(): World {
    return this.#pbx.world;
  }

  operate(operation: OperationName, actor: Actor, path: OperationPath, body: unknown): Reply {
    const isOwn = this.#pbx.calls.has(path.telephonySessionId ?? '');
    const injected = isOwn ? undefined : this.#injected.read(operation, path);
    return injected ?? operate(this.#pbx, operation, actor, path, body);
  }

  session(telephonySessionId: string): unknown {
    const call = this.#pbx.calls.get(telephonySessionId);
    return call === undefined ? this.#injected.session(telephonySessionId) : restSession(this.#pbx, call);
  }

  changedAt(telephonySessionId: string): number | undefined {
    return this.#pbx.calls.get(telephonySessionId)?.changedAt ?? this.#injected.changedAt(telephonySessionId);
  }

  changed(telephonySessionId: string, listener: () => void): () => void {
    return this.#waiters.wait(telephonySessionId, listener);
  }

  presence(extensionId: string, view: PresenceView): unknown {
    const extension = this.world.extensions.get(extensionId);
    return extension === undefined ? undefined : this.#presence.body(extension, view);
  }

  updateExtension(extensionId: string, change: Partial<Extension>): void {
    const extension = this.world.extensions.get(extensionId);
    if (extension === undefined) throw notFound('extensionId', extensionId);
    const accepted = extension.acceptCallQueueCalls;
    Object.assign(extension, change);
    this.#notifier.presenceChanged(extensionId);
    if (extension.acceptCallQueueCalls !== accepted) this.#notifier.queuePresenceChanged(extensionId);
  }

  activeCalls(extensionId?: string): unknown[] {
    return this.#activeCalls.records(extensionId);
  }

  callLog(extensionId?: string): unknown[] {
    return this.#callLog.records(extensionId);
  }

  recording(recordingId: string): RecordingMetadata | undefined {
    return this.#pbx.recordings.metadata(recordingId, this.#pbx.clock.now());
  }

  ringOut(actor: Actor, request: RingOutRequest): RingOutStatus {
    const { call } = startRingOut(this.#pbx, actor, request);
    const status = ringOutStatus(this.#pbx, call.id, actor.extensionId);
    if (status === undefined) throw notFound('ringoutId', call.id);
    return status;
  }

  ringOutStatus(id: string, extensionId: string): RingOutStatus | undefined {
    return ringOutStatus(this.#pbx, id, extensionId);
  }

  cancelRingOut(id: string, extensionId: string): void {
    cancelRingOut(this.#pbx, id, extensionId);
  }

  placeCall({ from, to }: { from: Caller; to: Called }): { telephonySessionId: string } {
    const call = startCall(this.#pbx, { origin: 'Call', from: diallerOf(this.world, from), to });
    return { telephonySessionId: call.id };
  }

  act(telephonySessionId: string, partyId: string, name: ActName, args: ActArguments): void {
    act(this.#pbx, findCall(this.#pbx, telephonySessionId), partyId, name, args);
  }

  actForAll(telephonySessionId: string, name: ActName): void {
    const call = this.#pbx.calls.get(telephonySessionId);
    if (call !== undefined) actForAll(this.#pbx, call, name);
  }

  dropCall(telephonySessionId: string): void {
    endCall(this.#pbx, findCall(this.#pbx, telephonySessionId), 'CallDropped');
  }

  dropCalls(): void {
    for (const call of this.#pbx.calls.values()) if (!call.ended) endCall(this.#pbx, call, 'CallDropped');
  }

  injectEvents(bodies: readonly unknown[]): void {
    for (const body of bodies) {
      const id = isRecord(body) ? body.telephonySessionId : undefined;
      const isOwn = typeof id === 'string' && this.#pbx.calls.has(id);
      if (!isOwn) this.#injected.merge(body, this.#pbx.clock.now());
      this.#notifier.injected(body);
      if (typeof id === 'string') this.#waiters.changed(id);
    }
  }

  state(): EngineState {
    return dumpState(this.#pbx);
  }

  subscribe(listener: (notification: Notification) => void): () => void {
    return this.#notifier.subscribe(listener);
  }

  reset(): void {
    this.#pbx.reset();
    this.#presence.clear();
    this.#activeCalls.clear();
    this.#callLog.clear();
    this.#injected.clear();
    this.#waiters.clear();
  }

  close(): void {
    this.#pbx.stop();
  }
}

import type { Clock } from '../clock.ts';
import { ActiveCalls } from './active-calls.ts';
import { act } from './acts.ts';
import { ApiError, type Caller, type Engine, type Notification } from './api.ts';
import { CallLog } from './call-log.ts';
import { finishRecordings } from './call-recording.ts';
import { defaultWorld } from './default-world.ts';
import { type Dialler, startCall } from './dialling.ts';
import { invalid, missing, notFound } from './errors.ts';
import { onlineDevices } from './identity.ts';
import { InjectedSessions, isRecord } from './injected.ts';
import type { Party } from './model.ts';
import { findCall } from './operations/context.ts';
import { operate } from './operations/operate.ts';
import { Pbx } from './pbx.ts';
import { Presence } from './presence.ts';
import { cancelRingOut, endTwin, ringOutStatus, startRingOut } from './ring-out.ts';
import { endCall } from './teardown.ts';
import { truth } from './truth.ts';
import { eventBody, restSession } from './wire.ts';
import type { World } from './world.ts';

export interface EngineOptions {
  clock: Clock;
  seed: number;
  /** Makes a fresh world, at the start and at each reset. */
  createWorld?: () => World;
}

/** The telephony core: calls, their legs and the news of them. Does no input or output. */
export function createEngine({ clock, seed, createWorld = defaultWorld }: EngineOptions): Engine {
  const pbx = new Pbx({ clock, seed, createWorld });
  const presence = new Presence(pbx);
  const activeCalls = new ActiveCalls(pbx);
  const callLog = new CallLog(pbx);
  const injected = new InjectedSessions();
  const listeners = new Set<(notification: Notification) => void>();
  const waiting = new Map<string, Set<() => void>>();

  function notify(notification: Notification): void {
    for (const listener of listeners) listener(notification);
  }

  function tellPresence(extensionId: string, ended?: Party): void {
    const extension = pbx.world.extensions.get(extensionId);
    if (extension === undefined || listeners.size === 0) return;
    const body = presence.eventBody(extension, ended);
    notify({ kind: 'presence', accountId: pbx.world.account.id, extensionId, body });
  }

  /** Documented in the guide "Call Queue Member Presence Event"; that only who changed is in it is assumed. */
  function tellQueuePresence(extensionId: string): void {
    const acceptCurrentQueueCalls = pbx.world.extensions.get(extensionId)?.acceptCallQueueCalls ?? false;
    const body = { records: [{ member: { id: extensionId }, acceptCurrentQueueCalls }] };
    for (const { extensionId: queueId, members } of pbx.world.callQueues.values()) {
      if (!members.includes(extensionId)) continue;
      notify({ kind: 'queue-presence', accountId: pbx.world.account.id, extensionId, queueId, body });
    }
  }

  function tellChanged(telephonySessionId: string): void {
    const once = waiting.get(telephonySessionId);
    waiting.delete(telephonySessionId);
    for (const listener of once ?? []) listener();
  }

  pbx.observe((party) => {
    const { extensionId } = party;
    const at = extensionId === undefined ? {} : { extensionId };
    if (listeners.size > 0) {
      notify({ kind: 'telephony', accountId: pbx.world.account.id, ...at, body: eventBody(pbx, party) });
    }
    if (extensionId !== undefined) tellPresence(extensionId, presence.endedNow(party) ? party : undefined);
    tellChanged(party.call.id);
  });
  pbx.observe((party) => finishRecordings(pbx, party));
  pbx.observe((party) => activeCalls.observe(party));
  pbx.observe((party) => callLog.observe(party));
  pbx.observe((party) => endTwin(pbx, party));

  return {
    get world() {
      return pbx.world;
    },

    operate(operation, actor, path, body) {
      const known = pbx.calls.has(path.telephonySessionId ?? '');
      const foreign = known ? undefined : injected.session(path.telephonySessionId ?? '');
      if (foreign !== undefined && operation === 'readCallSessionStatus')
        return { status: 200, body: foreign };
      if (foreign !== undefined && operation === 'readCallPartyStatus') {
        const parties = Array.isArray(foreign.parties) ? foreign.parties : [];
        const party = parties.find((candidate) => isRecord(candidate) && candidate.id === path.partyId);
        if (party !== undefined) return { status: 200, body: party };
      }
      return operate(pbx, operation, actor, path, body);
    },

    session(id) {
      const call = pbx.calls.get(id);
      return call === undefined ? injected.session(id) : restSession(pbx, call);
    },

    changedAt: (id) => pbx.calls.get(id)?.changedAt ?? injected.changedAt(id),

    changed(id, listener) {
      const once = waiting.get(id) ?? new Set();
      waiting.set(id, once.add(listener));
      return () => {
        once.delete(listener);
        if (once.size === 0 && waiting.get(id) === once) waiting.delete(id);
      };
    },

    presence(extensionId, view) {
      const extension = pbx.world.extensions.get(extensionId);
      return extension === undefined ? undefined : presence.body(extension, view);
    },

    updateExtension(extensionId, change) {
      const extension = pbx.world.extensions.get(extensionId);
      if (extension === undefined) throw notFound('extensionId', extensionId);
      const accepted = extension.acceptCallQueueCalls;
      Object.assign(extension, change);
      tellPresence(extensionId);
      if (extension.acceptCallQueueCalls !== accepted) tellQueuePresence(extensionId);
    },
    activeCalls: (extensionId) => activeCalls.records(extensionId),
    callLog: (extensionId) => callLog.records(extensionId),
    recording: (id) => pbx.recordings.metadata(id, clock.now()),

    ringOut(actor, request) {
      const { call } = startRingOut(pbx, actor, request);
      const status = ringOutStatus(pbx, call.id, actor.extensionId);
      if (status === undefined) throw notFound('ringoutId', call.id);
      return status;
    },
    ringOutStatus: (id, extensionId) => ringOutStatus(pbx, id, extensionId),
    cancelRingOut: (id, extensionId) => cancelRingOut(pbx, id, extensionId),

    placeCall({ from, to }) {
      const call = startCall(pbx, { origin: 'Call', from: dialler(pbx, from), to });
      return { telephonySessionId: call.id };
    },

    act(telephonySessionId, partyId, name, args) {
      act(pbx, findCall(pbx, telephonySessionId), partyId, name, args);
    },

    everybody(telephonySessionId, name) {
      for (const party of [...(pbx.calls.get(telephonySessionId)?.parties ?? [])]) {
        try {
          act(pbx, party.call, party.id, name, {});
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
        }
      }
    },

    dropCall(telephonySessionId) {
      endCall(pbx, findCall(pbx, telephonySessionId), 'CallDropped');
    },

    injectEvents(bodies) {
      for (const body of bodies) {
        const id = isRecord(body) ? body.telephonySessionId : undefined;
        if (typeof id !== 'string' || !pbx.calls.has(id)) injected.merge(body, clock.now());
        const at = extensionIn(body);
        notify({ kind: 'telephony', accountId: pbx.world.account.id, ...at, body, injected: true });
        if (typeof id === 'string') tellChanged(id);
      }
    },

    state: () => truth(pbx),

    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    reset() {
      pbx.reset();
      presence.clear();
      activeCalls.clear();
      callLog.clear();
      injected.clear();
      waiting.clear();
    },

    close: () => pbx.stop(),
  };
}

/** The extension of the party that an injected body is about: it decides the level of the event URI. */
function extensionIn(body: unknown): { extensionId?: string } {
  const parties = isRecord(body) && Array.isArray(body.parties) ? body.parties : [];
  const extensionId = parties.find(isRecord)?.extensionId;
  return extensionId === undefined ? {} : { extensionId: String(extensionId) };
}

/** Who the control interface lets dial: one of the account by extension or own number, else somebody outside. */
function dialler(pbx: Pbx, from: Caller): Dialler {
  const number = from.extensionNumber ?? from.phoneNumber;
  if (number === undefined) throw missing('from.phoneNumber');
  const extension = pbx.world.extensions.get(pbx.world.dialPlan.get(number) ?? '');
  if (extension === undefined) {
    if (from.phoneNumber === undefined) throw notFound('from.extensionNumber', number);
    return {
      phoneNumber: from.phoneNumber,
      name: from.name,
      emergencyCallback: from.emergencyCallback ?? false,
    };
  }
  if (extension.type !== 'User') throw invalid('from.extensionNumber', number);
  const devices = onlineDevices(pbx.world, extension.id).map((device) => device.id);
  if (from.deviceId !== undefined && !devices.includes(from.deviceId))
    throw invalid('from.deviceId', from.deviceId);
  return { extension, deviceId: from.deviceId ?? devices[0] };
}

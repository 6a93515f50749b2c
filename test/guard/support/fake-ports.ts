import type { PartyView, SessionView } from '../../../src/calls/store/views.ts';
import type { Action } from '../../../src/guard/action.ts';
import type { AccountDirectory, CallsPort } from '../../../src/guard/ports.ts';
import type { Device, Extension } from '../../../src/ringcentral/wire/lookups.ts';
import { Failure } from '../../../src/shared/failure.ts';

/** A small platform behind the guard's ports: calls that tests change, and a log of what was asked for. */
export interface FakePorts {
  calls: CallsPort;
  directory: AccountDirectory;
  sessions: Map<string, SessionView>;
  /** The same as putting it there, and the call store has it at once. */
  show(session: SessionView): void;
  /** Every request that reached the platform: `read s-1`, `look up devices`. */
  requests: string[];
  /** The next reads fail with this. */
  broken: Failure | undefined;
}

export const own = { accountId: '809646016', extensionId: '62264012', extensionNumber: '101' };
const outsider = '+14155550199';

const extensions: Extension[] = [
  extension('62264012', '101', 'Ann Agent'),
  extension('62264013', '102', 'Bob Boss'),
  extension('62264020', '200', 'Sales'),
  extension('62264030', '300', 'Garage'),
];
const devices: Device[] = [
  { id: '802636634016', name: 'Desk', type: 'HardPhone', status: 'Online', model: undefined },
];

export function createFakePorts(now: () => number): FakePorts {
  const sessions = new Map<string, SessionView>();
  const listeners = new Set<Parameters<CallsPort['onParty']>[0]>();
  const requests: string[] = [];
  const lookUp = <T>(name: string, answer: T) => {
    requests.push(`look up ${name}`);
    return Promise.resolve(answer);
  };
  const ports: FakePorts = {
    sessions,
    requests,
    broken: undefined,
    calls: {
      call: (id) => sessions.get(id),
      async read(id) {
        requests.push(`read ${id}`);
        const at = now();
        if (ports.broken) throw ports.broken;
        const session = sessions.get(id);
        if (!session) throw new Failure('not_found', 'No such call.');
        return { call: structuredClone(session), at };
      },
      eventRun: () => 1,
      onParty(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    show(session) {
      sessions.set(session.id, session);
      for (const one of session.parties) for (const listener of listeners) listener(session.id, one);
    },
    directory: {
      queueMembers: () => lookUp('queue members', [{ id: '62264013', extensionNumber: '102' }]),
      identity: () => lookUp('identity', own),
      timeZone: async () => 'Europe/Berlin',
      mainNumber: () => lookUp('main number', '+12055550100'),
      accountNumbers: () =>
        lookUp('numbers', [
          { phoneNumber: '+12055550100' },
          { phoneNumber: '+12055550101', extensionId: own.extensionId },
          { phoneNumber: '+12055550102', extensionId: '62264013' },
        ]),
      extensions: () => lookUp('extensions', extensions),
      devices: () => lookUp('devices', devices),
      flipNumbers: () =>
        lookUp('flip numbers', [
          { flipNumber: '1', phoneNumber: '+14155550123', label: 'My mobile' },
          { flipNumber: '2', phoneNumber: '+12055550101', label: 'Desk', device: { id: '802636634016' } },
        ] as never),
    },
  };
  return ports;
}

function extension(id: string, extensionNumber: string, name: string): Extension {
  return { id, extensionNumber, name, type: 'User', status: 'Enabled' };
}

const fresh = { asOf: '2026-11-02T10:00:00.000Z', source: 'api', stale: false } as const;

/** A party; `owner` is an extension id of the account, or absent for somebody outside. */
export function party(
  id: string,
  direction: 'Inbound' | 'Outbound',
  status: string,
  end: { phoneNumber?: string; name?: string; extensionId?: string },
  owner?: string,
): PartyView {
  const ends = direction === 'Outbound' ? { from: end } : { to: end };
  return {
    id,
    direction,
    status: { code: status },
    ...ends,
    accountId: own.accountId,
    extensionId: owner,
    ...fresh,
  } as PartyView;
}

export function session(id: string, parties: PartyView[], more: Partial<SessionView> = {}): SessionView {
  const yours = parties.find((one) => one.extensionId === own.extensionId);
  return {
    id,
    origin: { type: 'Call' },
    creationTime: '2026-11-02T09:58:30Z',
    parties,
    over: false,
    ...(yours && { yourPartyId: yours.id }),
    ...fresh,
    ...more,
  };
}

/** An outsider's call to the login's own extension. */
export const inboundCall = (
  id: string,
  status = 'Answered',
  name = 'Carol',
  number = outsider,
): SessionView =>
  session(id, [
    party(`${id}-1`, 'Outbound', 'Answered', { phoneNumber: number, name }),
    party(`${id}-2`, 'Inbound', status, { phoneNumber: '+12055550101' }, own.extensionId),
  ]);

/** A call of the login's own to colleague 102. */
export const internalCall = (id: string): SessionView =>
  session(id, [
    party(`${id}-1`, 'Outbound', 'Answered', { phoneNumber: '101' }, own.extensionId),
    party(`${id}-2`, 'Inbound', 'Answered', { phoneNumber: '102' }, '62264013'),
  ]);

const effect = { does: 'do it', heard: 'Nothing.', undo: 'Can be undone.' };

export const action = (tool: string, risk: Action['risk'], more: Partial<Action> = {}): Action => ({
  tool,
  risk,
  principal: 'local',
  args: { telephonySessionId: more.telephonySessionId, partyId: more.partyId, ...more.args },
  targets: [],
  deviceIds: [],
  effect,
  ...more,
});

export const hangUp = (id: string, more: Partial<Action> = {}): Action =>
  action('delete_call_session', 'destructive', { telephonySessionId: id, ...more });

export const hold = (id: string, partyId = `${id}-2`): Action =>
  action('hold_call_party', 'reversible', { telephonySessionId: id, partyId });

export const transfer = (id: string, phoneNumber: string): Action =>
  action('transfer_call_party', 'redirect', {
    telephonySessionId: id,
    partyId: `${id}-2`,
    args: { telephonySessionId: id, partyId: `${id}-2`, phoneNumber },
    targets: [{ kind: 'phoneNumber', value: phoneNumber }],
  });

export const dial = (toPhoneNumber: string, fromDeviceId = '802636634016'): Action =>
  action('create_call_out_call_session', 'place-call', {
    args: { toPhoneNumber, fromDeviceId },
    targets: [{ kind: 'phoneNumber', value: toPhoneNumber }],
    deviceIds: [fromDeviceId],
  });

import { expect } from 'vitest';
import type { OperationName } from '../../../src/ringcentral/wire/operation-table.ts';
import type { ToolAnswer } from './agents.ts';
import type { Control, TrueCall, TrueParty } from './control.ts';

/** Lays out calls on the sandbox. 101 is the logged-in user. */
export class Stage {
  readonly control: Control;
  readonly outsider = { phoneNumber: '+14155550123', name: 'Ada Outside' };

  constructor(control: Control) {
    this.control = control;
  }

  /** A call from outside rings at 101. */
  async ringing(from: { phoneNumber: string; name?: string } = this.outsider): Promise<Leg> {
    const id = await this.control.dial(from, { phoneNumber: '+12055550101' });
    return this.#leg(id, await this.#ownParty(id, 'Proceeding'));
  }

  /** 101 talks with somebody outside, who called. */
  async talking(from?: { phoneNumber: string; name?: string }): Promise<Leg> {
    const leg = await this.ringing(from);
    const deviceId = await this.control.deviceId('101');
    await this.control.act(leg.telephonySessionId, leg.partyId, 'answer', { deviceId });
    return this.#leg(leg.telephonySessionId, await this.#ownParty(leg.telephonySessionId, 'Answered'));
  }

  async held(): Promise<Leg> {
    const leg = await this.talking();
    await this.control.act(leg.telephonySessionId, leg.partyId, 'hold');
    await this.#ownParty(leg.telephonySessionId, 'Hold');
    return leg;
  }

  /** 101 called 102, who answered. */
  async consulting(): Promise<Leg> {
    const deviceId = await this.control.deviceId('101');
    const id = await this.control.dial({ extensionNumber: '101', deviceId }, { extensionNumber: '102' });
    const tom = await this.#partyOf(id, '102', 'Proceeding');
    await this.control.act(id, tom.id, 'answer', { deviceId: await this.control.deviceId('102') });
    await this.#partyOf(id, '102', 'Answered');
    return this.#leg(id, await this.#ownParty(id, 'Answered'));
  }

  /** A call from outside, talking with 102: another's call. */
  async othersCall(): Promise<Leg> {
    const id = await this.control.dial(this.outsider, { phoneNumber: '+12055550102' });
    const ringing = await this.#partyOf(id, '102', 'Proceeding');
    await this.control.act(id, ringing.id, 'answer', { deviceId: await this.control.deviceId('102') });
    return this.#leg(id, await this.#partyOf(id, '102', 'Answered'));
  }

  /** A queue call rings at 101. */
  async queued(): Promise<Leg> {
    const id = await this.control.dial(this.outsider, { extensionNumber: '200' });
    return this.#leg(id, await this.#ownParty(id, 'Proceeding'));
  }

  /** 101 hosts a conference: `call` opens it, and the desk phone joins. */
  async hosting(call: (name: 'create_conference_call_session') => Promise<Opened>): Promise<string> {
    const { structuredContent } = await call('create_conference_call_session');
    const id: string = structuredContent?.call.id;
    const deviceId = await this.control.deviceId('101');
    await this.control.act(id, `${id}-1`, 'join', { deviceId });
    await this.control.party(
      id,
      ({ conferenceRole, status }) => conferenceRole === 'Host' && status.code === 'Answered',
    );
    return id;
  }

  async #ownParty(id: string, code: string) {
    return this.#partyOf(id, '101', code);
  }

  async #partyOf(id: string, extensionNumber: string, code: string) {
    const extensionId = await this.control.extensionId(extensionNumber);
    return this.control.party(
      id,
      (party) => String(party.extensionId) === extensionId && party.status.code === code,
    );
  }

  #leg(telephonySessionId: string, party: TrueParty): Leg {
    return { telephonySessionId, partyId: party.id };
  }
}

type Opened = Pick<ToolAnswer, 'structuredContent'>;

export interface Leg {
  telephonySessionId: string;
  partyId: string;
}

/** What a case hands to its checks. */
export interface Prepared {
  args: Record<string, unknown>;
  leg?: Leg;
}

export interface OperationCase {
  /** Brings the sandbox to a state where the operation is valid. */
  valid(stage: Stage, call: CallTool): Promise<Prepared>;
  /** Holds of the sandbox's truth, sooner or later, after the operation. */
  holds(control: Control, prepared: Prepared, answer: ToolAnswer): Promise<boolean>;
  /** A state, or arguments, in which it is not valid. */
  invalid(stage: Stage, call: CallTool): Promise<Record<string, unknown>>;
}

export type CallTool = (name: OperationName, args: object) => Promise<ToolAnswer>;

const partyIs =
  (is: (party: TrueParty, call: TrueCall) => boolean): OperationCase['holds'] =>
  async (control, { leg }) => {
    if (!leg) throw new Error('this case has no leg');
    const call = await control.call(leg.telephonySessionId);
    const party = call.parties.find(({ id }) => id === leg.partyId);
    return party !== undefined && is(party, call);
  };

const code = (party: TrueParty) => party.status.code;
const reason = (party: TrueParty) => party.status.reason;
export const over = (call: TrueCall) =>
  call.parties.every((party) => ['Disconnected', 'Gone'].includes(code(party)));

const on = (leg: Leg, args: object = {}): Prepared => ({ args: { ...leg, ...args }, leg });
/** Own operations find the party by themselves. */
const mine = (leg: Leg, args: object = {}): Prepared => ({
  args: { telephonySessionId: leg.telephonySessionId, ...args },
  leg,
});
const noSuchCall = { telephonySessionId: 's-00000000000000000000000000000000' };
const device = (stage: Stage) => stage.control.deviceId('101');

/** Each operation where it is valid, what it must leave behind, and where it is not valid. */
export const operationCases: Record<OperationName, OperationCase> = {
  create_call_out_call_session: {
    valid: async (stage) => ({ args: { fromDeviceId: await device(stage), toExtensionNumber: '103' } }),
    holds: async (control, _prepared, answer) => {
      const callee = await control.extensionId('103');
      const call = await control.call(answer.structuredContent?.call.id);
      return call.parties.some((party) => String(party.extensionId) === callee);
    },
    invalid: async () => ({ fromDeviceId: '999999', toExtensionNumber: '103' }),
  },
  create_conference_call_session: {
    valid: async () => ({ args: {} }),
    holds: async (control, _prepared, answer) =>
      (await control.call(answer.structuredContent?.call.id)).origin.type === 'Conference',
    invalid: async () => ({ idempotencyKey: ['k'] }),
  },
  read_call_session_status: {
    valid: async (stage) => mine(await stage.talking()),
    holds: async (_control, { leg }, answer) =>
      answer.structuredContent?.call.id === leg?.telephonySessionId &&
      answer.structuredContent?.call.yourPartyId === leg?.partyId,
    invalid: async () => noSuchCall,
  },
  delete_call_session: {
    valid: async (stage) => mine(await stage.talking()),
    holds: partyIs((_party, call) => over(call)),
    invalid: async () => noSuchCall,
  },
  create_call_party_with_bring_in: {
    valid: async (stage, call) => {
      const telephonySessionId = await stage.hosting((name) => call(name, {}));
      const leg = await stage.talking();
      return {
        args: {
          telephonySessionId,
          targetTelephonySessionId: leg.telephonySessionId,
          targetPartyId: leg.partyId,
        },
        leg,
      };
    },
    holds: partyIs((party) => code(party) === 'Gone' && reason(party) === 'Conference'),
    invalid: async (stage) => {
      const leg = await stage.talking();
      const other = await stage.consulting();
      return {
        telephonySessionId: leg.telephonySessionId,
        targetTelephonySessionId: other.telephonySessionId,
      };
    },
  },
  read_call_party_status: {
    valid: async (stage) => on(await stage.talking()),
    holds: async (_control, { leg }, answer) => answer.structuredContent?.party.id === leg?.partyId,
    invalid: async (stage) => ({ ...(await stage.talking()), partyId: 'p-nobody-9' }),
  },
  update_call_party: {
    valid: async (stage) => mine(await stage.talking(), { muted: true }),
    holds: partyIs((party) => party.muted === true),
    invalid: async (stage) => mine(await stage.ringing(), { muted: true }).args,
  },
  delete_call_party: {
    valid: async (stage, call) => {
      const leg = await stage.talking();
      await call('call_park_party', { telephonySessionId: leg.telephonySessionId });
      const parked = await stage.control.party(leg.telephonySessionId, (party) => code(party) === 'Parked');
      return on({ telephonySessionId: leg.telephonySessionId, partyId: parked.id });
    },
    holds: partyIs((party) => ['Disconnected', 'Gone'].includes(code(party))),
    invalid: async (stage) => ({ ...(await stage.talking()), partyId: 'p-nobody-9' }),
  },
  unhold_call_party: {
    valid: async (stage, call) => {
      const leg = await stage.talking();
      await call('hold_call_party', { telephonySessionId: leg.telephonySessionId });
      return mine(leg);
    },
    holds: partyIs((party) => code(party) === 'Answered'),
    invalid: async (stage) => mine(await stage.talking()).args,
  },
  call_park_party: {
    valid: async (stage) => mine(await stage.talking()),
    holds: async (control, { leg }) =>
      (await control.call(leg?.telephonySessionId ?? '')).parties.some((party) => code(party) === 'Parked'),
    invalid: async (stage) => mine(await stage.ringing()).args,
  },
  call_flip_party: {
    valid: async (stage) => mine(await stage.talking(), { callFlipId: '1' }),
    holds: async (control, { leg }) => (await control.call(leg?.telephonySessionId ?? '')).parties.length > 2,
    invalid: async (stage) => mine(await stage.talking(), { callFlipId: '9' }).args,
  },
  reply_party: {
    valid: async (stage) =>
      mine(await stage.ringing(), { replyWithText: 'In a meeting, I call you at three.' }),
    holds: partyIs((party) => reason(party) === 'CallReplied'),
    invalid: async (stage) => mine(await stage.talking(), { replyWithText: 'Too late.' }).args,
  },
  bridge_call_party: {
    valid: async (stage, call) => {
      const leg = await stage.talking();
      await call('hold_call_party', { telephonySessionId: leg.telephonySessionId });
      const other = await stage.consulting();
      return mine(leg, { targetTelephonySessionId: other.telephonySessionId, targetPartyId: other.partyId });
    },
    holds: partyIs((party) => code(party) === 'Gone' && reason(party) === 'AttendedTransfer'),
    invalid: async (stage) =>
      mine(await stage.talking(), { targetTelephonySessionId: noSuchCall.telephonySessionId }).args,
  },
  ignore_call_in_queue: {
    valid: async (stage) => mine(await stage.queued(), { deviceId: await device(stage) }),
    holds: partyIs((party) => code(party) === 'Disconnected'),
    invalid: async (stage) => mine(await stage.talking(), { deviceId: await device(stage) }).args,
  },
  supervise_call_party: {
    valid: async (stage) =>
      on(await stage.othersCall(), {
        agentExtensionId: await stage.control.extensionId('102'),
        supervisorDeviceId: await device(stage),
      }),
    holds: async (control, { leg }) =>
      (await control.call(leg?.telephonySessionId ?? '')).parties.some(
        (party) => reason(party) === 'Supervising',
      ),
    invalid: async (stage) => ({
      ...(await stage.othersCall()),
      agentExtensionId: await stage.control.extensionId('104'),
      supervisorDeviceId: await device(stage),
    }),
  },
  reject_party: {
    valid: async (stage) => mine(await stage.ringing()),
    // Of the two phones that rang, the other one rings on.
    holds: partyIs(({ rings }) => rings?.length === 1),
    invalid: async (stage) => mine(await stage.talking()).args,
  },
  start_call_recording: {
    valid: async (stage) => mine(await stage.talking()),
    holds: partyIs((party) => party.recordings?.some(({ active }) => active) === true),
    invalid: async (stage) => mine(await stage.ringing()).args,
  },
  pause_resume_call_recording: {
    valid: async (stage, call) => {
      const leg = await stage.talking();
      const started = await call('start_call_recording', { telephonySessionId: leg.telephonySessionId });
      return mine(leg, { recordingId: started.structuredContent?.recording.id, active: false });
    },
    holds: partyIs((party) => party.recordings?.some(({ active }) => !active) === true),
    invalid: async (stage) => mine(await stage.talking(), { recordingId: '424242', active: false }).args,
  },
  answer_call_party: {
    valid: async (stage) => mine(await stage.ringing(), { deviceId: await device(stage) }),
    holds: partyIs((party) => code(party) === 'Answered'),
    invalid: async (stage) => mine(await stage.talking(), { deviceId: await device(stage) }).args,
  },
  transfer_call_party: {
    valid: async (stage) => mine(await stage.talking(), { extensionNumber: '102' }),
    holds: partyIs((party) => code(party) === 'Disconnected' && reason(party) === 'BlindTransfer'),
    invalid: async (stage) => mine(await stage.ringing(), { extensionNumber: '102' }).args,
  },
  hold_call_party: {
    valid: async (stage) => mine(await stage.talking()),
    holds: partyIs((party) => code(party) === 'Hold'),
    invalid: async (stage) => mine(await stage.ringing()).args,
  },
  pickup_call_party: {
    valid: async (stage, call) => {
      const leg = await stage.talking();
      await call('call_park_party', { telephonySessionId: leg.telephonySessionId });
      const parked = await stage.control.party(leg.telephonySessionId, (party) => code(party) === 'Parked');
      return on(
        { telephonySessionId: leg.telephonySessionId, partyId: parked.id },
        { deviceId: await device(stage) },
      );
    },
    holds: async (control, { leg }) => {
      const call = await control.call(leg?.telephonySessionId ?? '');
      return call.parties.some((party) => reason(party) === 'Pickup');
    },
    invalid: async (stage) => ({ ...(await stage.talking()), deviceId: await device(stage) }),
  },
  forward_call_party: {
    valid: async (stage) => mine(await stage.ringing(), { extensionNumber: '102' }),
    holds: partyIs((party) => code(party) === 'Disconnected'),
    invalid: async (stage) => mine(await stage.talking(), { extensionNumber: '102' }).args,
  },
  supervise_call_session: {
    valid: async (stage) => {
      const leg = await stage.othersCall();
      return mine(leg, {
        agentExtensionId: await stage.control.extensionId('102'),
        supervisorDeviceId: await device(stage),
      });
    },
    holds: async (control, { leg }) =>
      (await control.call(leg?.telephonySessionId ?? '')).parties.some(
        (party) => reason(party) === 'Supervising',
      ),
    invalid: async (stage) => ({
      telephonySessionId: (await stage.othersCall()).telephonySessionId,
      agentExtensionId: await stage.control.extensionId('104'),
      supervisorDeviceId: await device(stage),
    }),
  },
};

/** Fails with the tool's own words. */
export function succeeded(answer: ToolAnswer): ToolAnswer {
  expect(answer.isError ?? false, JSON.stringify(answer.structuredContent?.error ?? answer.content)).toBe(
    false,
  );
  return answer;
}

import { describe, expect, test } from 'vitest';
import type { OperationName } from '../../src/engine/api.ts';
import { PARTY_CODES, type PartyCode } from '../../src/engine/model.ts';
import { type PartyOperation, STATE_RULES } from '../../src/engine/states.ts';
import { DESK_101, DESK_102, OUTSIDE, Sandbox } from './harness.ts';

/** Brings an own, inbound party of 101 (or the one that the operation is about) into a state. */
const SITUATIONS: Record<PartyCode, (sandbox: Sandbox) => { call: string; party: number }> = {
  Setup(sandbox) {
    const call = sandbox.call(OUTSIDE, '101');
    sandbox.clock.advance(20);
    return { call, party: 2 };
  },
  Proceeding(sandbox) {
    const call = sandbox.call(OUTSIDE, '101');
    sandbox.clock.advance(1000);
    return { call, party: 2 };
  },
  Answered: (sandbox) => ({ call: sandbox.answeredCall('101'), party: 2 }),
  Hold(sandbox) {
    const call = sandbox.answeredCall('101');
    sandbox.operate('holdCallParty', call, 2);
    return { call, party: 2 };
  },
  Parked(sandbox) {
    // The parked leg is the other person's: 101 waits after 102 parked it.
    const call = sandbox.call('101', '102');
    sandbox.clock.advance(1000);
    sandbox.act(call, 2, 'answer');
    sandbox.act(call, 2, 'park');
    return { call, party: 1 };
  },
  VoiceMail(sandbox) {
    const call = sandbox.call(OUTSIDE, '101');
    sandbox.clock.advance(25_000);
    return { call, party: 2 };
  },
  VoiceMailScreening(sandbox) {
    const admin = sandbox.engine.world.extensions.get(sandbox.ext('101'));
    if (admin) admin.voicemailScreening = true;
    return SITUATIONS.VoiceMail(sandbox);
  },
  Disconnected(sandbox) {
    const call = sandbox.answeredCall('101');
    sandbox.act(call, 2, 'hangup');
    return { call, party: 2 };
  },
  Gone(sandbox) {
    const call = sandbox.answeredCall('101');
    const other = sandbox.answeredCall('101');
    const body = { telephonySessionId: other, partyId: `p-${other.slice(2)}-2` };
    sandbox.operate('bridgeCallParty', call, 2, body);
    return { call, party: 2 };
  },
};

/** A body that is right as far as the operation itself goes. */
const BODIES: Partial<Record<OperationName, (sandbox: Sandbox) => unknown>> = {
  answerCallParty: () => ({ deviceId: DESK_101 }),
  replyParty: () => ({ replyWithText: 'later' }),
  forwardCallParty: () => ({ extensionNumber: '102' }),
  transferCallParty: () => ({ extensionNumber: '102' }),
  updateCallParty: () => ({ muted: true }),
  callFlipParty: () => ({ callFlipId: '1' }),
  pickupCallParty: () => ({ deviceId: DESK_101 }),
  ignoreCallInQueue: () => ({ deviceId: DESK_101 }),
  pauseResumeCallRecording: () => ({ active: false }),
  superviseCallParty: () => ({ mode: 'Listen', supervisorDeviceId: DESK_102, agentExtensionId: '37439510' }),
  bridgeCallParty(sandbox) {
    const other = sandbox.answeredCall('101');
    return { telephonySessionId: other, partyId: `p-${other.slice(2)}-2` };
  },
};

/** Named in a body, not in the path; tried in its own tests (conference, supervision). */
const OTHERWISE: PartyOperation[] = ['createCallPartyWithBringIn', 'superviseCallSession'];
/** Works on legs of special calls only: tried in conference, parking, supervision and queue. */
const SPECIAL: Partial<Record<PartyOperation, PartyCode[]>> = {
  deleteCallParty: ['Parked'],
  ignoreCallInQueue: [],
  callParkParty: ['Answered'],
  // The situation is held by the API; where the phone holds, see talk.
  holdCallParty: ['Answered'],
};
/** Needs a recording first. */
const RECORDED: PartyOperation[] = ['pauseResumeCallRecording'];

const operations = (Object.keys(STATE_RULES) as PartyOperation[]).filter((name) => !OTHERWISE.includes(name));
const REFUSALS = { 'TAS-102': '409 TAS-102', 'TAS-101': '403 TAS-101', 'CMN-102': '404 CMN-102' };

describe('operation × state, over the whole table', () => {
  test.each(operations.flatMap((operation) => PARTY_CODES.map((code) => [operation, code] as const)))(
    '%s in %s',
    (operation, code) => {
      const sandbox = new Sandbox();
      sandbox.engine.world.monitoringGroups
        .get('3001')
        ?.members.push(
          { extensionId: sandbox.ext('102'), permissions: ['Monitoring'] },
          { extensionId: sandbox.ext('101'), permissions: ['Monitored'] },
        );
      const { call, party } = SITUATIONS[code](sandbox);
      expect(sandbox.party(call, party).status.code).toBe(code);
      const rule = STATE_RULES[operation];
      const allowed = rule.states[code] !== undefined && (SPECIAL[operation]?.includes(code) ?? true);
      const recordingId =
        RECORDED.includes(operation) && allowed
          ? (sandbox.operate('startCallRecording', call, party).body as { id: string }).id
          : '1';
      const body = BODIES[operation]?.(sandbox);
      const as = operation === 'superviseCallParty' ? '102' : '101';
      const before = sandbox.codes(call);
      const refusal = sandbox.refusal(() =>
        sandbox.operate(operation, call, party, body, { as, recordingId }),
      );
      if (allowed) expect(refusal).toBe('none');
      else {
        if (operation !== 'deleteCallParty') expect(refusal).toBe(REFUSALS[rule.refusal.as]);
        expect(refusal).not.toBe('none');
        expect(sandbox.codes(call)).toBe(before);
      }
    },
  );

  test('every rule that is neither documented nor observed says so', () => {
    for (const rule of Object.values(STATE_RULES)) {
      const evidences = [...Object.values(rule.states), rule.refusal.evidence, rule.inbound, rule.company];
      for (const evidence of evidences)
        expect([undefined, 'documented', 'observed', 'assumed']).toContain(evidence);
    }
  });
});

import { setTimeout as pause } from 'node:timers/promises';
import { createRandom } from 'ringcentral-sandbox/testing';
import type { TrueCall, TrueParty } from '../test/e2e/support/control.ts';
import { actor, colleague } from './agents.ts';
import { type OwnLeg, ownLegs } from './own-legs.ts';
import type { Place } from './place.ts';
import type { CampaignRecord } from './record.ts';

/** What a person did at a phone of 101, and so what happened to its party. */
export interface Transition {
  at: number;
  telephonySessionId: string;
  partyId: string;
  status: string;
}

export interface PhonesOptions {
  place: Place;
  record: CampaignRecord;
  seed: number;
  signal: AbortSignal;
}

const becomes: Record<string, string> = {
  ...{ answer: 'Answered', hold: 'Hold', unhold: 'Answered', hangup: 'Disconnected' },
};
/** More at a time are not begun. */
const mostCalls = 4;

/** People who call 101, and who stand at its phone; answers what they did. */
export async function usePhones({ place, record, seed, signal }: PhonesOptions): Promise<Transition[]> {
  const random = createRandom(seed);
  const { control } = place;
  const extensionId = await control.extensionId(actor);
  const deviceId = await control.deviceId(actor);
  const colleagueId = await control.extensionId(colleague);
  const colleaguesPhone = await control.deviceId(colleague);
  const transitions: Transition[] = [];
  let callers = 0;

  const turn = async (): Promise<void> => {
    const { calls } = await place.truth();
    const legs = ownLegs(calls, extensionId);
    if (legs.length < mostCalls && random.next() < 0.5) {
      callers += 1;
      await control.dial({ phoneNumber: `+1415555${1000 + callers}` }, { phoneNumber: '+12055550101' });
      record.tries('phones', 'a customer calls');
      return;
    }
    const consulted = ownLegs(calls, colleagueId).filter(({ party }) => party.status.code === 'Proceeding');
    if (consulted.length > 0) return consult(random.pick(consulted));
    const called = calls.filter(({ parties }) => parties.some(isCalledOutside));
    if (called.length > 0 && random.next() < 0.5) return pickUp(random.pick(called));
    if (legs.length > 0) await use(random.pick(legs));
  };
  const isCalledOutside = ({ direction, extensionId: id, status, from }: TrueParty) =>
    direction === 'Inbound' && id === undefined && status.code === 'Proceeding' && from !== undefined;
  const pickUp = async ({ telephonySessionId, parties }: TrueCall) => {
    const called = parties.find(isCalledOutside);
    if (called) await control.act(telephonySessionId, called.id, 'answer');
    record.tries('phones', 'who was called answers');
  };
  /** A colleague whom a plan calls for a caller. */
  const consult = async ({ telephonySessionId, party }: OwnLeg) => {
    const answer = random.pick(['answer', 'answer', 'decline', 'nothing']);
    if (answer === 'nothing') return;
    const args = answer === 'answer' ? { deviceId: colleaguesPhone } : {};
    await control.act(telephonySessionId, party.id, answer, args);
    record.tries('phones', `a colleague: ${answer}`);
  };
  const use = async ({ telephonySessionId, party }: OwnLeg): Promise<void> => {
    const act = actOn(party);
    if (act === 'nothing') return;
    const args = act === 'answer' ? { deviceId } : {};
    await control.act(telephonySessionId, party.id, act, args);
    record.tries('phones', act);
    const status = becomes[act];
    if (status) transitions.push({ at: Date.now(), telephonySessionId, partyId: party.id, status });
  };
  const actOn = ({ status, direction, muted }: TrueParty) => {
    if (status.code === 'Proceeding' && direction === 'Inbound')
      return random.pick(['answer', 'answer', 'answer', 'decline', 'nothing']);
    if (!/Answered|Hold/.test(status.code)) return 'nothing';
    const back = status.code === 'Hold' ? 'unhold' : 'hold';
    return random.pick([back, back, muted ? 'unmute' : 'mute', 'hangup', 'nothing'] as const);
  };

  while (!signal.aborted) {
    // What somebody else did meanwhile makes an act one that cannot be done: nothing happened.
    await turn().catch(() => {});
    await pause(random.integer(300, 1_200), undefined, { signal }).catch(() => {});
  }
  return transitions;
}

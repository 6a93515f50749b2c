import { setTimeout as pause } from 'node:timers/promises';
import { createRandom } from 'ringcentral-sandbox/testing';
import { type ToolAnswer, yes } from '../test/e2e/support/agents.ts';
import type { TrueParty } from '../test/e2e/support/control.ts';
import { Host, type HostOptions } from './host.ts';
import { type OwnLeg, ownLegs } from './own-legs.ts';

/** An act that an agent asked for. */
export interface Deed {
  tool: string;
  telephonySessionId?: string;
  toPhoneNumber?: string;
  /** How often its person said yes to it. */
  yeses: number;
  /** `observed`, `accepted`, the kind of the failure, or `no answer`. */
  outcome: string;
}

export interface AgentOptions extends HostOptions {
  seed: number;
  signal: AbortSignal;
  deeds: Deed[];
  /** Numbers that calls are placed to, one for each idempotency key; agents share them. */
  numbers: Map<string, string>;
}

/** Whose calls agents act on, and whom they send callers to. */
export const actor = '101';
export const colleague = '102';

/** No call is placed while there are so many. */
const mostLegs = 4;

/** How a person answers, and after how long. */
const answers = ['yes', 'yes', 'yes, late', 'no'] as const;

type Act = readonly [tool: string, args?: object];
const acts: readonly Act[] = [
  ['hold_call_party'],
  ['unhold_call_party'],
  ['update_call_party', { muted: true }],
  ['update_call_party', { muted: false }],
  ['call_park_party'],
  ['delete_call_session'],
];

/** What can be done as the party is. `chance`: from 0 to 1. */
function fitting({ status, direction, muted = false }: TrueParty, chance: number, deviceId: string): Act {
  if (status.code === 'Proceeding')
    return direction === 'Inbound' ? ['answer_call_party', { deviceId }] : ['delete_call_session'];
  if (chance < 0.06) return ['delete_call_session'];
  if (chance < 0.1) return ['call_park_party'];
  if (chance < 0.25) return ['consult_and_transfer', { colleague, ringSeconds: 10 }];
  if (status.code === 'Hold') return ['unhold_call_party'];
  return chance < 0.6 ? ['hold_call_party'] : ['update_call_party', { muted: !muted }];
}

/** Plans for two calls, of which one is on hold. */
const plansForTwo = ['swap_calls', 'merge_calls'] as const;

/** An agent that acts on calls of 101, and its person. */
export async function act(options: AgentOptions): Promise<void> {
  const { place, record, seed, signal, deeds, numbers } = options;
  const random = createRandom(seed);
  const fromDeviceId = await place.control.deviceId(actor);
  const extensionId = await place.control.extensionId(actor);
  const host = await Host.open(options);
  let deed: Deed | undefined;
  host.answer = async (question) => {
    const answer = random.pick(answers);
    record.tries('answers', answer);
    if (answer === 'no') return { action: 'decline' };
    if (answer === 'yes, late') await pause(random.integer(2_000, 8_000));
    else await pause(random.integer(300, 1_000));
    if (deed) deed.yeses += 1;
    return yes(question);
  };

  const use = async (tool: string, args: Record<string, unknown>): Promise<void> => {
    const { telephonySessionId, toPhoneNumber } = args as Partial<Deed>;
    deed = {
      ...{ tool, yeses: 0, outcome: 'no answer' },
      ...(telephonySessionId !== undefined && { telephonySessionId }),
      ...(toPhoneNumber !== undefined && { toPhoneNumber }),
    };
    deeds.push(deed);
    const own = deed;
    const answer = await host.ask(tool, args);
    if (answer) own.outcome = outcomeOf(answer);
    record.tries('acts of agents', `${tool}: ${own.outcome}`);
  };
  const placeCall = async (): Promise<void> => {
    const known = [...numbers];
    const isAgain = known.length > 0 && random.next() < 0.4;
    const key = isAgain ? random.pick(known.slice(-5))[0] : `key-${seed}-${numbers.size}`;
    const toPhoneNumber = numbers.get(key) ?? `+1212555${1000 + numbers.size}`;
    numbers.set(key, toPhoneNumber);
    await use('create_call_out_call_session', { fromDeviceId, toPhoneNumber, idempotencyKey: key });
  };
  /** Two calls for a plan, in its order: who talks, and who is on hold. */
  const pairOf = (legs: readonly OwnLeg[]): [OwnLeg, OwnLeg] | undefined => {
    const talking = legs.find(({ party }) => party.status.code === 'Answered');
    const held = legs.find(({ party }) => party.status.code === 'Hold');
    return talking && held && [talking, held];
  };
  const turn = async (): Promise<void> => {
    await host.ask('list_active_calls', {});
    record.tries('reads of agents', `list_active_calls, ${host.name}`);
    if (random.next() < 0.03) return use('cancel_plan', {});
    // Which call is meant the person says who sees the phone.
    const legs = ownLegs((await place.truth()).calls, extensionId);
    if (legs.length < mostLegs && random.next() < 0.3) return placeCall();
    if (legs.length === 0) return;
    const pair = pairOf(legs);
    if (pair && random.next() < 0.15) {
      const [{ telephonySessionId }, { telephonySessionId: targetTelephonySessionId }] = pair;
      return use(random.pick(plansForTwo), { telephonySessionId, targetTelephonySessionId });
    }
    const { telephonySessionId, party } = random.pick(legs);
    const [tool, args = {}] =
      random.next() < 0.1 ? random.pick(acts) : fitting(party, random.next(), fromDeviceId);
    await use(tool, { telephonySessionId, ...args });
  };

  while (!signal.aborted) {
    await turn();
    await pause(random.integer(200, 1_500), undefined, { signal }).catch(() => {});
  }
  await host.close();
}

const outcomeOf = ({ isError, structuredContent }: ToolAnswer): string =>
  (isError
    ? structuredContent?.error?.kind
    : (structuredContent?.plan?.ending ?? structuredContent?.plan?.state ?? structuredContent?.outcome)) ??
  'other';

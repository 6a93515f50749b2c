import { setTimeout as pause } from 'node:timers/promises';
import { createRandom } from 'ringcentral-sandbox/testing';
import { type Agent, type ClientKind, connect, type ToolAnswer, yes } from '../test/e2e/support/agents.ts';
import type { TrueParty } from '../test/e2e/support/control.ts';
import { ownLegs } from './own-legs.ts';
import type { Place } from './place.ts';
import type { CampaignRecord } from './record.ts';

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

export interface AgentOptions {
  place: Place;
  record: CampaignRecord;
  seed: number;
  kind: ClientKind;
  signal: AbortSignal;
  deeds: Deed[];
  /** Numbers that calls are placed to, one for each idempotency key; agents share them. */
  numbers: Map<string, string>;
}

/** Longer than any tool takes: who has no answer by then never gets one. */
export const patienceMs = 40_000;

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
  if (status.code === 'Hold') return ['unhold_call_party'];
  return chance < 0.6 ? ['hold_call_party'] : ['update_call_party', { muted: !muted }];
}

/** An agent that acts on calls of 101, and its person. */
export async function act({
  place,
  record,
  seed,
  kind,
  signal,
  deeds,
  numbers,
}: AgentOptions): Promise<void> {
  const random = createRandom(seed);
  const fromDeviceId = await place.control.deviceId('101');
  const extensionId = await place.control.extensionId('101');
  let agent = await connect(kind, { http: `${place.balancer.url}/mcp` });
  let failures = 0;
  let deed: Deed | undefined;
  const answerQuestion: Agent['person']['answer'] = async (question) => {
    const answer = random.pick(answers);
    record.tries('answers', answer);
    if (answer === 'no') return { action: 'decline' };
    if (answer === 'yes, late') await pause(random.integer(2_000, 8_000));
    else await pause(random.integer(300, 1_000));
    if (deed) deed.yeses += 1;
    return yes(question);
  };
  agent.person.answer = answerQuestion;
  /** What a host does whose session is gone. */
  const connectAgain = async (): Promise<void> => {
    const next = await connect(kind, { http: `${place.balancer.url}/mcp` }).catch(() => undefined);
    if (!next) return;
    await agent.close().catch(() => {});
    record.tries('clients', `${kind}: connected again`);
    agent = next;
    agent.person.answer = answerQuestion;
    failures = 0;
  };

  const use = async (tool: string, args: Record<string, unknown>): Promise<ToolAnswer | undefined> => {
    const { telephonySessionId, toPhoneNumber } = args as Partial<Deed>;
    deed = {
      ...{ tool, yeses: 0, outcome: 'no answer' },
      ...(telephonySessionId !== undefined && { telephonySessionId }),
      ...(toPhoneNumber !== undefined && { toPhoneNumber }),
    };
    deeds.push(deed);
    const own = deed;
    const answer = await ask(agent, tool, args);
    if (answer) own.outcome = outcomeOf(answer);
    record.tries('acts of agents', `${tool}: ${own.outcome}`);
    return answer;
  };
  const placeCall = async (): Promise<void> => {
    const known = [...numbers];
    const isAgain = known.length > 0 && random.next() < 0.4;
    const key = isAgain ? random.pick(known.slice(-5))[0] : `key-${seed}-${numbers.size}`;
    const toPhoneNumber = numbers.get(key) ?? `+1212555${1000 + numbers.size}`;
    numbers.set(key, toPhoneNumber);
    await use('create_call_out_call_session', { fromDeviceId, toPhoneNumber, idempotencyKey: key });
  };
  const turn = async (): Promise<void> => {
    failures = (await ask(agent, 'list_active_calls', {})) ? 0 : failures + 1;
    if (failures > 2) await connectAgain();
    record.tries('reads of agents', `list_active_calls, ${kind}`);
    // Which call is meant the person says who sees the phone.
    const legs = ownLegs((await place.control.state()).calls, extensionId);
    if (legs.length < mostLegs && random.next() < 0.3) return placeCall();
    if (legs.length === 0) return;
    const { telephonySessionId, party } = random.pick(legs);
    const [tool, args = {}] =
      random.next() < 0.1 ? random.pick(acts) : fitting(party, random.next(), fromDeviceId);
    await use(tool, { telephonySessionId, ...args });
  };

  while (!signal.aborted) {
    await turn();
    await pause(random.integer(200, 1_500), undefined, { signal }).catch(() => {});
  }
  await agent.close().catch(() => {});
}

/** What the server answers; undefined where it does not: it was killed, or stands still. */
export async function ask(agent: Agent, tool: string, args: object): Promise<ToolAnswer | undefined> {
  try {
    return await agent.call(tool, args, AbortSignal.timeout(patienceMs));
  } catch {
    return undefined;
  }
}

const outcomeOf = ({ isError, structuredContent }: ToolAnswer): string =>
  (isError ? structuredContent?.error?.kind : structuredContent?.outcome) ?? 'other';

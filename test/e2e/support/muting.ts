import { expect } from 'vitest';
import type { Agent } from './agents.ts';
import type { Control } from './control.ts';

/** Agents who mute and unmute, each a call of Alice's, as fast as they are answered. */
export interface Muting {
  calls: string[];
  /** How many acts have been done, for each call. */
  done: number[];
  /** Why acts were not done, where nothing was sent. */
  unsent: string[];
  /** What else became of acts: requests that were not answered, and outcomes that nobody knows. */
  broken: string[];
  /** Ends, and compares what was done with what the platform was sent: no act is lost, none is done twice. */
  end(): Promise<void>;
}

/** What an agent sees, where the picture is not stale. */
export async function seen(agent: Agent): Promise<string[] | undefined> {
  const { structuredContent } = await agent.call('list_active_calls');
  if (structuredContent?.feed?.stale !== false) return undefined;
  return structuredContent.calls.map(({ id }: { id: string }) => id).toSorted();
}

/** Not of Redis, which is late where the machine is too busy, and then refuses acts. */
export const notOfRedis = (refusals: readonly string[]): string[] =>
  refusals.filter(
    (text) => !text.includes('Redis, which the replicas of this server share, does not answer'),
  );

export async function startMuting(control: Control, agents: readonly Agent[]): Promise<Muting> {
  const calls: string[] = [];
  for (const nth of agents.keys()) {
    const id = await control.dial({ phoneNumber: `+1415555012${nth}` }, { extensionNumber: '101' });
    const { party } = await control.ringsAt('101');
    await control.act(id, party.id, 'answer');
    calls.push(id);
  }
  await expect
    .poll(() => seen(agents[0] as Agent).catch(() => {}), { timeout: 20_000 })
    .toEqual(calls.toSorted());
  const before = (await control.requests()).next;
  const done = calls.map(() => 0);
  const inDoubt = calls.map(() => 0);
  const unsent: string[] = [];
  const broken: string[] = [];
  let isOver = false;
  const acting = agents.map(async (agent, nth) => {
    for (let muted = true; !isOver; muted = !muted) {
      const answer = await agent
        .call('update_call_party', { telephonySessionId: calls[nth], muted })
        .catch((error: Error) => error);
      if (!(answer instanceof Error) && !answer.isError) done[nth] = (done[nth] ?? 0) + 1;
      else if (!(answer instanceof Error) && answer.structuredContent?.error?.kind === 'unavailable')
        unsent.push(answer.content[0]?.text ?? '');
      else {
        broken.push(answer instanceof Error ? String(answer) : (answer.content[0]?.text ?? ''));
        inDoubt[nth] = (inDoubt[nth] ?? 0) + 1;
      }
    }
  });
  return {
    ...{ calls, done, unsent, broken },
    async end() {
      isOver = true;
      await Promise.all(acting);
      const { requests } = await control.requests(before);
      const sent = calls.map(
        (id) => requests.filter(({ method, path }) => method === 'PATCH' && path.includes(id)).length,
      );
      for (const [nth, count] of sent.entries()) {
        expect(count, 'acts sent').toBeGreaterThanOrEqual(done[nth] ?? 0);
        expect(count, 'acts sent').toBeLessThanOrEqual((done[nth] ?? 0) + (inDoubt[nth] ?? 0));
      }
    },
  };
}

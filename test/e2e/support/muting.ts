import { expect } from 'vitest';
import type { Agent } from './agents.ts';
import type { Control } from './control.ts';

/** Agents who mute and unmute, each a call of Alice's, as fast as they are answered. */
export interface Muting {
  calls: string[];
  /** How many acts have been done, for each call. */
  done: number[];
  /** Why acts were not done, and requests not answered. */
  refused: string[];
  /** Ends, and compares what was done with what the platform was sent: no act is lost, none is done twice. */
  end(): Promise<void>;
}

/** What an agent sees, where the picture is not stale. */
export async function seen(agent: Agent): Promise<string[] | undefined> {
  const { structuredContent } = await agent.call('list_active_calls');
  if (structuredContent?.feed?.stale !== false) return undefined;
  return structuredContent.calls.map(({ id }: { id: string }) => id).toSorted();
}

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
  const refused: string[] = [];
  let isOver = false;
  const acting = agents.map(async (agent, nth) => {
    for (let muted = true; !isOver; muted = !muted) {
      const answer = await agent
        .call('update_call_party', { telephonySessionId: calls[nth], muted })
        .catch((error: Error) => error);
      if (answer instanceof Error) refused.push(String(answer));
      else if (answer.isError) refused.push(answer.content[0]?.text ?? '');
      else done[nth] = (done[nth] ?? 0) + 1;
    }
  });
  return {
    ...{ calls, done, refused },
    async end() {
      isOver = true;
      await Promise.all(acting);
      const { requests } = await control.requests(before);
      const sent = calls.map(
        (id) => requests.filter(({ method, path }) => method === 'PATCH' && path.includes(id)).length,
      );
      expect(sent).toEqual(done);
    },
  };
}

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasRedis, withoutRedis } from '../support/redis.ts';
import { startWatchedRedis, type WatchedRedis } from '../support/sentinel.ts';
import type { Agent, ToolAnswer } from './support/agents.ts';
import { withoutLimits } from './support/process.ts';
import { type Replicas, startReplicas } from './support/replicas.ts';

const key = 'a key of more than sixteen characters';

interface Place {
  team: Replicas;
  watched?: WatchedRedis;
  /** Until an act has been refused. */
  refused(): Promise<void>;
}

/** What happens to Redis while agents act, and what ends it. */
const troubles: Record<string, (place: Place) => Promise<void>> = {
  async killed({ team, refused }) {
    await team.redis.kill();
    await refused();
    await team.redis.restart();
  },
  async frozen({ team, refused }) {
    team.redis.freeze();
    await refused();
    team.redis.thaw();
  },
  async emptied({ team }) {
    await team.redis.cli('FLUSHALL');
  },
  async 'failed over'({ watched, refused }) {
    await watched?.primary.kill();
    await refused();
  },
};

describe.skipIf(!hasRedis)(hasRedis ? 'acts while Redis has trouble' : withoutRedis, () => {
  it.each(Object.keys(troubles))('%s: none is done twice, and none unrecorded', async (name) => {
    const folder = mkdtempSync(join(tmpdir(), 'redis-trouble-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const watched = name === 'failed over' ? await startWatchedRedis() : undefined;
    if (watched) onTestFinished(() => watched.stop());
    const team = await startReplicas({
      count: 2,
      sandbox: withoutLimits('acts as fast as they are answered'),
      serve: ['--audit-log', join(folder, '{replica}.log')],
      env: { RC_MCP_AUDIT_KEY: key, RC_MCP_LOG_LEVEL: 'info' },
      ...(watched && { redisUrl: watched.url }),
    });
    onTestFinished(() => team.close());
    await team.control.patch('/account', { ringSeconds: 300 });
    const calls: string[] = [];
    for (const nth of [0, 1]) {
      const id = await team.control.dial({ phoneNumber: `+1415555010${nth}` }, { extensionNumber: '101' });
      const { party } = await team.control.ringsAt('101');
      await team.control.act(id, party.id, 'answer');
      calls.push(id);
    }
    const agents = await Promise.all(team.replicas.map((replica) => replica.agent()));
    const before = (await team.control.requests()).next;
    const answers: ToolAnswer[] = [];
    const trouble = { isOver: false };
    const act = async (agent: Agent, telephonySessionId: string) => {
      let muted = false;
      let after = 0;
      // On through the trouble, until some acts have been done after it.
      while (after < 3) {
        muted = !muted;
        const answer = await agent.call('update_call_party', { telephonySessionId, muted });
        answers.push(answer);
        if (trouble.isOver && !answer.isError) after += 1;
      }
    };
    const acting = agents.map((agent, nth) => act(agent, calls[nth] as string));
    await expect.poll(() => answers.filter(({ isError }) => !isError).length).toBeGreaterThan(4);
    const refused = async () => {
      const { length } = answers;
      await expect
        .poll(() => answers.slice(length).some(({ isError }) => isError), { timeout: 20_000 })
        .toBe(true);
    };
    await troubles[name]?.({ team, refused, ...(watched && { watched }) });
    trouble.isOver = true;
    await Promise.all(acting);

    const kinds = answers.map(({ structuredContent }) => structuredContent?.error?.kind ?? 'done');
    const known = ['done', 'unavailable', 'unknown_outcome'];
    expect(kinds.filter((kind) => !known.includes(kind))).toEqual([]);
    const { requests } = await team.control.requests(before);
    const sent = requests.filter(({ method, path }) => method === 'PATCH' && path.includes('/parties/'));
    const isSent = (kind: string) => kind !== 'unavailable';
    expect(sent.length).toBe(kinds.filter(isSent).length);
    expect(intents(folder)).toBe(sent.length);
  });
});

/** Acts of which the audit logs say that they were about to be sent, and not that they were not. */
function intents(folder: string): number {
  const entries = readdirSync(folder)
    .filter((file) => file.endsWith('.log'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as { event?: string; act?: string; result?: string });
  const unsent = new Set(
    entries.flatMap(({ event, act, result }) =>
      event === 'outcome' && result === 'unavailable' ? [act] : [],
    ),
  );
  return entries.filter(({ event, act }) => event === 'intent' && !unsent.has(act)).length;
}

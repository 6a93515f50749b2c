import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { shareApprovals } from '../../src/cluster/approvals/shared-approvals.ts';
import type { OpenRedis } from '../../src/cluster/redis/redis.ts';
import { createApprovals, type SharedApprovals } from '../../src/guard/approvals/approvals.ts';
import { createLoginRecords } from '../../src/guard/approvals/logins.ts';
import { hashPasscode } from '../../src/guard/approvals/passcode.ts';
import {
  createPendingApprovals,
  type PendingApprovals,
} from '../../src/guard/approvals/pending-approvals.ts';
import type { OperatorQuestion } from '../../src/guard/ports.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { createSealer } from '../../src/team/seal.ts';
import { newTeamKey, teamKeys } from '../../src/team/team-keys.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';

const log = pino({ level: 'silent' });
const question = (message: string, offersGrant = false): OperatorQuestion => ({
  ...{ principal: 'key:ann', tool: 'delete_call_session', message, offersGrant },
  ...{ askedAt: 1_000, expiresAt: 46_000 },
});
const forever = new AbortController().signal;
setMaxListeners(0, forever);

/** The questions of a replica, once `isSo` holds of them. */
const once = (pending: PendingApprovals, isSo: (messages: string[]) => boolean) =>
  new Promise<string[]>((resolve, reject) => {
    const look = () =>
      pending.questions().then((list) => {
        const messages = list.map(({ message }) => message);
        if (!isSo(messages)) return;
        stop();
        resolve(messages);
      }, reject);
    const stop = pending.onChange(look);
    look();
  });
/** @param open two ends of the same questions: two replicas, or twice the same process */
const holdsFor = (open: () => Promise<[SharedApprovals, SharedApprovals]>) => {
  it('a question is shown at both, with all of it, and its answer reaches who asked', async () => {
    const [a, b] = await open();
    const answer = a.pending.ask(question('End the call with +14155550199?', true), forever);
    await once(b.pending, (list) => list.length === 1);
    const [shown] = await b.pending.questions();
    expect(shown).toEqual({ ...question('End the call with +14155550199?', true), id: shown?.id });
    expect(await b.pending.answer(shown?.id ?? '', 'grant')).toBe(true);
    expect(await answer).toBe('grant');
    for (const { pending } of [a, b]) expect(await pending.questions()).toEqual([]);
  });

  it('two answer one question at once: one answer counts', async () => {
    const [a, b] = await open();
    for (let round = 0; round < 20; round += 1) {
      const answer = a.pending.ask(question(`question ${round}`), forever);
      await once(b.pending, (list) => list.length === 1);
      const [shown] = await b.pending.questions();
      const id = shown?.id ?? '';
      const took = await Promise.all([a.pending.answer(id, 'declined'), b.pending.answer(id, 'yes')]);
      expect(took.filter(Boolean)).toHaveLength(1);
      expect(await answer).toBe(took[0] ? 'declined' : 'yes');
      expect(await a.pending.answer(id, 'yes')).toBe(false);
    }
  });

  it('a grant is taken only where one is offered', async () => {
    const [a, b] = await open();
    void a.pending.ask(question('no grant'), forever);
    await once(b.pending, (list) => list.length === 1);
    const [shown] = await b.pending.questions();
    expect(await b.pending.answer(shown?.id ?? '', 'grant')).toBe(false);
    expect(await b.pending.answer('nothing of the kind', 'yes')).toBe(false);
    expect(await b.pending.answer(shown?.id ?? '', 'yes')).toBe(true);
  });

  it('a question that is given up is gone at both, and nobody answers it any more', async () => {
    const [a, b] = await open();
    const giveUp = new AbortController();
    const answer = a.pending.ask(question('given up'), giveUp.signal);
    await once(b.pending, (list) => list.length === 1);
    const [shown] = await b.pending.questions();
    giveUp.abort('timed_out');
    expect(await answer).toBe('timed_out');
    await once(b.pending, (list) => list.length === 0);
    expect(await b.pending.answer(shown?.id ?? '', 'yes')).toBe(false);
  });

  it('takes a hundred questions of both together, and refuses more in words', async () => {
    const [a, b] = await open();
    for (let n = 0; n < 50; n += 1) {
      void a.pending.ask(question(`a ${n}`), forever);
      void b.pending.ask(question(`b ${n}`), forever);
    }
    await once(b.pending, (list) => list.length === 100);
    await expect(a.pending.ask(question('one more'), forever)).rejects.toMatchObject({
      kind: 'rate_limited',
    });
  });

  it('a login of one is known to the other; sixteen last, the newest', async () => {
    const [a, b] = await open();
    for (let n = 0; n < 17; n += 1) await a.logins.add(`hash ${n}`);
    const open17 = await Promise.all(Array.from({ length: 17 }, (_, n) => b.logins.isOpen(`hash ${n}`)));
    expect(open17).toEqual([false, ...Array.from({ length: 16 }, () => true)]);
    expect(await b.logins.isOpen('never seen')).toBe(false);
  });

  it('failures of a source are counted at both together, those of others not', async () => {
    const [a, b] = await open();
    for (let n = 1; n <= 6; n += 1)
      expect(await (n % 2 === 0 ? a : b).logins.addFailure('192.0.2.7')).toBe(n);
    expect(await a.logins.addFailure('192.0.2.8')).toBe(1);
  });
};

describe('questions and logins in memory', () =>
  holdsFor(async () => {
    const pending = createPendingApprovals();
    const one = { pending, logins: createLoginRecords(systemClock) };
    return [one, one];
  }));

describe.skipIf(!hasRedis)(hasRedis ? 'questions and logins on Redis' : withoutRedis, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  const sealer = createSealer(teamKeys(newTeamKey()));
  const shared = (redis: OpenRedis, leaseMs = 1_000) =>
    shareApprovals({ redis, sealer, log, leaseMs, pollMs: 20 });
  async function replicas() {
    const prefix = `test-${randomBytes(6).toString('hex')}`;
    const redis = await Promise.all([openTestRedis(server.url, prefix), openTestRedis(server.url, prefix)]);
    onTestFinished(async () => {
      for (const one of redis) await one.close();
    });
    return { prefix, redis, approvals: [shared(redis[0]), shared(redis[1])] as const };
  }

  holdsFor(async () => {
    const { approvals } = await replicas();
    return [...approvals];
  });

  it('a question disappears with the replica that asked, and nobody can answer it', async () => {
    const { redis, approvals } = await replicas();
    const [a, b] = approvals;
    void a.pending.ask(question('asked by one that dies'), forever);
    await once(b.pending, (list) => list.length === 1);
    const [shown] = await b.pending.questions();
    await redis[0].close();
    await once(b.pending, (list) => list.length === 0);
    expect(await b.pending.answer(shown?.id ?? '', 'yes')).toBe(false);
  });

  it('a question whose lease has run out while its replica was cut off is asked again', async () => {
    const { redis, approvals } = await replicas();
    const [a, b] = approvals;
    const answer = a.pending.ask(question('still waits'), forever);
    await once(b.pending, (list) => list.length === 1);
    await redis[1].send('DEL', redis[1].key('op', 'questions'), redis[1].key('op', 'leases'));
    await once(b.pending, (list) => list.length === 1);
    const [shown] = await b.pending.questions();
    expect(await b.pending.answer(shown?.id ?? '', 'yes')).toBe(true);
    expect(await answer).toBe('yes');
  });

  it('nothing of a question can be read in Redis', async () => {
    const { prefix, approvals } = await replicas();
    void approvals[0].pending.ask(question('End the call with +14155550199?'), forever);
    await once(approvals[1].pending, (list) => list.length === 1);
    const kept = await server.cli('HVALS', `${prefix}:op:questions`);
    expect(kept).toMatch(/^v1\./);
    expect(kept).not.toMatch(/4155550199|End the call|key:ann/);
  });

  it('every key ends by itself', async () => {
    const { prefix, approvals } = await replicas();
    const [a, b] = approvals;
    void a.pending.ask(question('one'), forever);
    await once(b.pending, (list) => list.length === 1);
    const [shown] = await b.pending.questions();
    await a.logins.add('hash');
    await a.logins.addFailure('192.0.2.7');
    void b.pending.ask(question('two'), forever);
    await once(a.pending, (list) => list.length === 2);
    await b.pending.answer(shown?.id ?? '', 'yes');
    const names = (await server.cli('KEYS', `${prefix}:*`)).split('\n');
    expect(names.length).toBeGreaterThan(4);
    for (const name of names) expect(await server.cli('PTTL', name)).not.toBe('-1');
  });

  it('where Redis does not answer no question is put and no answer counts', async () => {
    const { approvals } = await replicas();
    const [a, b] = approvals;
    const answer = a.pending.ask(question('waits'), forever);
    await once(b.pending, (list) => list.length === 1);
    const [shown] = await b.pending.questions();
    server.freeze();
    await expect(b.pending.answer(shown?.id ?? '', 'yes')).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(a.pending.ask(question('another'), forever)).rejects.toMatchObject({ kind: 'unavailable' });
    server.thaw();
    await once(b.pending, (list) => list.length === 1);
    expect(await b.pending.answer(shown?.id ?? '', 'declined')).toBe(true);
    expect(await answer).toBe('declined');
  });

  it('a page of one replica answers what another has asked, with a login of a third', async () => {
    const { redis, approvals } = await replicas();
    const passcode = 'correct horse battery';
    const passcodeHash = await hashPasscode(passcode);
    const pages = await Promise.all(
      [...approvals, shared(redis[0])].map((one) =>
        createApprovals({
          ...{ host: '127.0.0.1', port: 0, passcodeHash, shared: one, clock: systemClock, log },
          terminal: { isTTY: false, write: () => true },
        }),
      ),
    );
    onTestFinished(async () => {
      for (const page of pages) await page.close();
    });
    const [asks, shows, logsIn] = pages;
    const post = (url: string | undefined, body: object, headers: object = {}) =>
      fetch(url ?? '', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    for (let n = 1; n <= 6; n += 1) {
      const { status } = await post(`${pages[n % 3]?.url}login`, { passcode: `guess ${n}` });
      expect(status).toBe(n <= 5 ? 401 : 429);
    }
    const { token } = (await (await post(`${logsIn?.url}login`, { passcode })).json()) as { token: string };
    const authorization = `Bearer ${token}`;
    const answer = asks?.operator.ask(question('asked at one'), forever);
    const stream = await fetch(`${shows?.url}questions`, { headers: { authorization } });
    let text = '';
    for await (const chunk of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes('asked at one')) break;
    }
    const id = /"id":"([\w-]+)"/.exec(text)?.[1];
    expect((await post(`${shows?.url}questions/${id}`, { answer: 'yes' }, { authorization })).status).toBe(
      204,
    );
    expect(await answer).toBe('yes');
    expect((await post(`${asks?.url}questions/${id}`, { answer: 'yes' }, { authorization })).status).toBe(
      404,
    );
    server.freeze();
    const away = await post(`${shows?.url}questions/${id}`, { answer: 'yes' }, { authorization });
    expect(away.status).toBe(503);
    server.thaw();
  });
});

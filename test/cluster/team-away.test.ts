import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createSealer } from '../../src/team/seal.ts';
import type { SharedTeam } from '../../src/team/team.ts';
import { teamKey } from '../../src/team/team-keys.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { connect, startTeamBed } from '../team/support/team-bed.ts';
import { openTestTeam } from './support/test-team.ts';

describe.skipIf(!hasRedis)(hasRedis ? 'sign-in while Redis goes away' : withoutRedis, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  /** A server on which Bob has signed in, and the lines of its log from then on. */
  async function withBob(shared: (opened: SharedTeam) => SharedTeam) {
    const redis = await openTestRedis(server.url);
    const keys = { current: teamKey(randomBytes(32)) };
    const bed = await startTeamBed({
      keys,
      openShared: async () => shared(await openTestTeam(redis, createSealer(keys))),
    });
    onTestFinished(async () => {
      server.thaw();
      await bed.close();
      await redis.close();
    });
    const app = await bed.app();
    const answer = await connect({ browser: bed.browser(), app, extensionNumber: '102' });
    const { access_token } = await app.redeem(answer.get('code') ?? '');
    const { name: subject } = await bed.team.verifyToken(access_token);
    const logged = (): { level: number; msg: string; reason?: string }[] =>
      bed
        .logged()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    return { bed, subject, token: access_token, logged };
  }

  it('what is left of a sign-in that has ended is a warning, and lets nobody in', async () => {
    const { bed, subject, token, logged } = await withBob((shared) => ({
      ...shared,
      store: {
        ...shared.store,
        async remove(subject) {
          const removed = await shared.store.remove(subject);
          server.freeze();
          return removed;
        },
      },
    }));
    await bed.team.endPerson(subject);
    const left = () => logged().filter(({ msg }) => msg.endsWith('could not be ended'));
    await expect.poll(() => left().length).toBe(3);
    server.thaw();
    for (const { level, reason } of left()) {
      expect(level).toBe(40);
      expect(reason).toMatch(/^Redis, .* does not answer/);
    }
    await expect.poll(() => bed.team.verifyToken(token).catch(String)).toContain('TokenRefused');
    expect(logged().filter(({ level }) => level >= 50)).toEqual([]);
  });

  it('people who cannot be looked up are a warning', async () => {
    const { bed, logged } = await withBob((shared) => shared);
    server.freeze();
    bed.clock.advance(5 * 60_000);
    const warned = () => logged().find(({ msg }) => msg === 'people could not be looked up');
    await expect.poll(warned).toMatchObject({ level: 40 });
    server.thaw();
    expect(logged().filter(({ level }) => level >= 50)).toEqual([]);
  });

  it('a choice that cannot be stored is refused with the reason', async () => {
    let freezes = false;
    const { bed, subject, logged } = await withBob((shared) => ({
      ...shared,
      store: {
        ...shared.store,
        write(...record) {
          if (freezes) server.freeze();
          return shared.store.write(...record);
        },
      },
    }));
    freezes = true;
    await expect(bed.team.vault.choose(subject, { pausedAt: 1 })).rejects.toThrow(
      /Redis, .* does not answer/,
    );
    server.thaw();
    expect(logged().filter(({ level }) => level >= 50)).toEqual([]);
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { hasRedis, startRedis, withoutRedis } from '../support/redis.ts';
import { missing } from './support/proxies.ts';
import { startScript } from './support/script.ts';
import { signIn } from './support/signed-in.ts';

const without = hasRedis ? missing('nginx') : withoutRedis;

let running: ChildProcess | undefined;
const stop = async () => {
  if (!running || running.exitCode !== null) return running?.exitCode;
  const exit = once(running, 'exit');
  running.kill('SIGINT');
  return (await exit)[0];
};
afterEach(stop);

/** `npm run team` as far as its guide. */
function start(env: Record<string, string> = {}): Promise<string> {
  const { child, said } = startScript(['scripts/team.js'], env);
  running = child;
  return said;
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe.skipIf(without)(without ?? 'npm run team', () => {
  it('is a server on which somebody signs in and sees calls, whatever becomes of a replica', async () => {
    const said = await start();
    const [, url = ''] = /MCP server +(\S+)/.exec(said) ?? [];
    const pids = [...said.matchAll(/\(process (\d+)\)/g)].map(([, pid]) => Number(pid));
    expect(pids).toHaveLength(3);
    const { agent } = await signIn('v2 client, 2026-07-28', { url, extensionNumber: '107' });
    const look = async () => (await agent.call('list_active_calls')).isError;
    for (let nth = 0; nth < 4; nth += 1) expect(await look()).toBeFalsy();
    process.kill(pids[0] ?? 0, 'SIGKILL');
    for (let nth = 0; nth < 4; nth += 1) await expect.poll(look, { timeout: 10_000 }).toBeFalsy();
    await agent.close();
    const [, consoleUrl = ''] = /Sandbox console +(\S+)/.exec(said) ?? [];
    expect((await fetch(consoleUrl)).status).toBe(200);
    expect((await fetch(url.replace('/mcp', '/me'), { redirect: 'manual' })).status).toBeLessThan(500);
    expect(await stop()).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    await expect(fetch(consoleUrl)).rejects.toThrow();
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe.skipIf(without)(without ?? 'npm run team on a Redis that is there', () => {
  it('leaves it as it was, and does not touch what another team has', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    await redis.cli('SET', 'mine', '1');
    await start({ REDIS_URL: redis.url });
    expect(Number(await redis.cli('DBSIZE'))).toBeGreaterThan(1);
    expect(await stop()).toBe(0);
    expect(await redis.cli('KEYS', '*')).toBe('mine');
    await redis.cli('SET', 'rcmcp:team:check', 'of another');
    await expect(start({ REDIS_URL: redis.url })).rejects.toThrow(
      /exit 1: REDIS_URL: this Redis has what replicas keep/,
    );
    expect(await redis.cli('GET', 'rcmcp:team:check')).toBe('of another');
  });
});

it('npm run team says what to install where something is missing', async () => {
  const child = spawn(process.execPath, ['scripts/team.js'], { env: { PATH: '/nowhere' }, stdio: 'pipe' });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  // nginx is looked for where Debian has it, too.
  expect(said).toContain('redis-server');
  expect(said).toMatch(/apt-get install --no-install-recommends redis-server/);
  expect(code).toBe(1);
});

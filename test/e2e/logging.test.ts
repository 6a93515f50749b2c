import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { binary, outcome, run } from './support/process.ts';

/** A host by hand over stdio, whose end of stderr is the test's to read or not. */
function startHost(...args: string[]) {
  const child = spawn(process.execPath, [binary, 'serve', '--sandbox', ...args], { stdio: 'pipe' });
  const answers = new Map<number, (answer: { result?: { isError?: boolean } }) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = JSON.parse(line);
    answers.get(answer.id)?.(answer);
  });
  let id = 0;
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const ask = (method: string, params: object = {}) => {
    id += 1;
    const own = id;
    const answer = new Promise<{ result?: { isError?: boolean } }>((resolve) => answers.set(own, resolve));
    send({ id: own, method, params });
    return answer;
  };
  return {
    child,
    ask,
    async open() {
      const clientInfo = { name: 'host', version: '1' };
      await ask('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });
      send({ method: 'notifications/initialized' });
    },
    /** Each is refused, and is a line of the log for that. */
    refuse: (times: number) =>
      Promise.all(
        Array.from({ length: times }, (_, n) =>
          ask('tools/call', { name: 'list_devices', arguments: { unknown: `${n} ${'x'.repeat(300)}` } }),
        ),
      ),
    async end() {
      const exit = once(child, 'exit');
      child.stdin.end();
      return exit;
    },
  };
}

describe('a host that does not read stderr', () => {
  it('is answered however much is logged, and a reader who comes later learns what it missed', async () => {
    const host = startHost('--log-level', 'trace');
    await host.open();
    for (let round = 0; round < 10; round += 1) await host.refuse(500);
    const { result } = await host.ask('tools/call', { name: 'list_active_calls', arguments: {} });
    expect(result).toBeDefined();
    const lines: { msg: string; dropped?: number }[] = [];
    createInterface({ input: host.child.stderr }).on('line', (line) => {
      // Node's own warnings are no lines of the log.
      if (line.startsWith('{')) lines.push(JSON.parse(line));
    });
    await expect.poll(() => lines.find(({ dropped }) => dropped !== undefined)?.dropped).toBeGreaterThan(100);
    expect(await host.end()).toEqual([0, null]);
    expect(lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['sandbox', 'ended']));
  });

  it('may close it', async () => {
    const host = startHost('--log-level', 'trace');
    host.child.stderr.destroy();
    await host.open();
    await host.refuse(500);
    expect(await host.end()).toEqual([0, null]);
  });

  it('does not hold up the end', async () => {
    const host = startHost('--log-level', 'trace');
    await host.open();
    await host.refuse(2_000);
    expect(await host.end()).toEqual([0, null]);
  });
});

describe('levels', () => {
  const ended = async (...args: string[]) => {
    const { stderr } = await outcome(['serve', '--sandbox', ...args]);
    return stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line).msg);
  };

  it('on stdio only what is promised and what went wrong is logged by default', async () => {
    expect(await ended()).toEqual(['sandbox']);
    expect(await ended('--log-level', 'info')).toEqual(expect.arrayContaining(['guard policy', 'ended']));
    expect(await ended('--log-level', 'silent')).toEqual([]);
  });

  it.each(['fatal', 'error', 'warn'])('over HTTP at %s what is promised is still written', async (level) => {
    const server = run(['serve', '--sandbox', '--http', ':0', '--log-level', level]);
    expect(await server.logged('sandbox')).toMatchObject({ controlUrl: expect.any(String) });
    expect(await server.logged('listening')).toMatchObject({ url: expect.any(String) });
    expect(await server.stop()).toBe(0);
    expect(server.logs.map(({ msg }) => msg)).toEqual(['sandbox', 'listening']);
  });
});

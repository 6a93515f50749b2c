import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callsUnaskedEnvironment, run } from './support/process.ts';
import { Wire } from './support/wire.ts';

/** What the build wrote down must be what the server itself says (src/transports/stdio/opening-exchange.ts). */
const clientInfo = { name: 'opening', version: '1.0.0' };
const handshake = (protocolVersion: string, more: object = {}) => ({
  ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
  params: { protocolVersion, capabilities: {}, clientInfo, ...more },
});
const asked = ['tools/list', 'prompts/list', 'resources/templates/list', 'ping'];

/** Members of `initialize` with which the server is loaded at once. */
const loadsServer = { _meta: { progressToken: 1 } };

function started(flags: readonly string[]) {
  const server = run(['serve', ...flags], callsUnaskedEnvironment());
  onTestFinished(async () => void (await server.stop()));
  let text = '';
  server.child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  const wire = new Wire(server);
  /** Everything that was sent so far. */
  const sent = (): unknown[] =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  return Object.assign(wire, { sent });
}

/** All that is answered, the handshake first. */
async function answersOf(wire: Wire, first: ReturnType<typeof handshake>) {
  const answers = [await wire.ask(first)];
  wire.write({ jsonrpc: '2.0', method: 'notifications/initialized' });
  for (const [at, method] of asked.entries())
    answers.push(await wire.ask({ jsonrpc: '2.0', id: at + 2, method }));
  return answers;
}

describe('what a host asks first is answered as by the server itself', () => {
  it.each([[[]], [['--read-only']], [['--sandbox']], [['--sandbox', '--read-only']]])('%s', async (flags) => {
    for (const revision of SUPPORTED_PROTOCOL_VERSIONS) {
      const written = await answersOf(started(flags), handshake(revision));
      const said = await answersOf(started(flags), handshake(revision, loadsServer));
      expect(written.map((answer) => JSON.stringify(answer))).toEqual(
        said.map((answer) => JSON.stringify(answer)),
      );
      expect(written[0]?.result).toMatchObject({ protocolVersion: revision });
      expect(written[1]?.result?.tools).not.toHaveLength(0);
    }
  });

  it('in a batch of 2025-03-26 too, which the server goes on with', async () => {
    const wire = started(['--sandbox']);
    await wire.ask(handshake('2025-03-26'));
    const call = { jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'list_active_calls' } };
    wire.write([
      { jsonrpc: '2.0', id: 2, method: 'ping' },
      { jsonrpc: '2.0', id: 3, method: 'tools/list' },
    ]);
    wire.write([{ jsonrpc: '2.0', id: 4, method: 'ping' }, call]);
    for (const ids of [
      [2, 3],
      [4, 5],
    ]) {
      const batch = await wire.next(
        (answer) => Array.isArray(answer) && answer.some(({ id }) => id === ids[0]),
      );
      expect([batch].flat().map(({ id }) => id)).toEqual(ids);
      expect([batch].flat().every(({ result }) => result)).toBe(true);
    }
    // The answer to the handshake that was repeated is nobody's.
    const answers = wire
      .sent()
      .filter((one) => Array.isArray(one) || !Object.hasOwn(one as object, 'method'));
    expect(answers).toHaveLength(3);
  });

  it('does nothing for a host that has gone before the server was loaded', async () => {
    const server = run(['serve'], callsUnaskedEnvironment());
    const wire = new Wire(server);
    await wire.ask(handshake('2025-11-25'));
    wire.write({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'list_active_calls' } });
    server.child.stdin?.end();
    expect(await new Promise((resolve) => server.child.once('exit', resolve))).toBe(0);
    expect(server.stderr()).toBe('');
  });
});

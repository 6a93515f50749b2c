import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { LineGate } from '../../../src/transports/stdio/line-gate.ts';

const request = (id: number, method: string): JSONRPCMessage => ({ jsonrpc: '2.0', id, method, params: {} });
const notification = (method: string): JSONRPCMessage => ({ jsonrpc: '2.0', method });
const answer: JSONRPCMessage = { jsonrpc: '2.0', id: 7, result: {} };

/** A gate with what came through, and the openings that it has asked for. */
function gated() {
  const through: JSONRPCMessage[] = [];
  const openings: { resolve(): void; reject(why: Error): void }[] = [];
  const gate = new LineGate({
    open: () => new Promise((resolve, reject) => openings.push({ resolve, reject })),
    deliver: (message) => through.push(message),
    log: pino({ level: 'silent' }),
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { gate, through, openings, settled };
}

describe('what needs the line waits until it is open', () => {
  it('lets a handshake, lists, notifications and answers through, and opens nothing for them', () => {
    const { gate, through, openings } = gated();
    const messages = [
      request(1, 'initialize'),
      notification('notifications/initialized'),
      notification('notifications/roots/list_changed'),
      request(2, 'tools/list'),
      request(3, 'prompts/list'),
      request(4, 'resources/templates/list'),
      request(5, 'server/discover'),
      request(6, 'ping'),
      answer,
    ];
    for (const message of messages) gate.receive(message);
    expect(through).toEqual(messages);
    expect(openings).toEqual([]);
  });

  it('holds the first call and all behind it, in their order, and opens once', async () => {
    const { gate, through, openings, settled } = gated();
    const held = [
      request(1, 'tools/call'),
      notification('notifications/cancelled'),
      request(2, 'ping'),
      request(3, 'resources/read'),
    ];
    for (const message of held) gate.receive(message);
    expect(through).toEqual([]);
    openings[0]?.resolve();
    await settled();
    expect(through).toEqual(held);
    gate.receive(request(4, 'tools/call'));
    expect(through).toHaveLength(5);
    expect(openings).toHaveLength(1);
  });

  it('lets them through to be refused where it cannot be opened, and tries again with the next', async () => {
    const { gate, through, openings, settled } = gated();
    gate.receive(request(1, 'tools/call'));
    openings[0]?.reject(new Error('a file is gone'));
    await settled();
    expect(through).toEqual([request(1, 'tools/call')]);
    gate.receive(request(2, 'ping'));
    expect(through).toHaveLength(2);
    gate.receive(request(3, 'tools/call'));
    expect(through).toHaveLength(2);
    openings[1]?.resolve();
    await settled();
    expect(through).toHaveLength(3);
  });
});

import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { run } from './support/process.ts';
import { Wire } from './support/wire.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const clientInfo = { name: 'surface', version: '1.0.0' };
const lists = ['tools/list', 'prompts/list', 'resources/templates/list', 'resources/list'];

/** A revision's first request, and what each request of it carries. */
const revisions = {
  '2025-11-25': {
    first: 'initialize',
    hello: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
    params: {},
  },
  '2026-07-28': {
    first: 'server/discover',
    hello: {},
    params: {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': clientInfo,
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  },
};

/**
 * Everything that a host is shown before it calls anything, byte for byte and in its order: names, texts, schemas,
 * annotations. A change that is meant is written with `npm test -- test/e2e/surface.test.ts -u`, and read in the
 * diff.
 */
it.each(Object.entries(revisions))(
  'shows hosts of %s what it always showed',
  async (revision, { first, hello, params }) => {
    const running = run(['serve', '--sandbox', '--log-level', 'silent']);
    onTestFinished(() => void running.stop());
    const wire = new Wire(running);
    const shown: Record<string, unknown> = {};
    for (const method of [first, ...lists]) {
      const asked = method === first ? { ...hello, ...params } : params;
      const { result } = await wire.ask({ jsonrpc: '2.0', id: method, method, params: asked });
      expect(result).toBeDefined();
      shown[method] = result;
      if (method === 'initialize') wire.write({ jsonrpc: '2.0', method: 'notifications/initialized' });
    }
    const text = JSON.stringify(shown, undefined, 2).replaceAll(`"version": "${version}"`, '"version": "…"');
    await expect(`${text}\n`).toMatchFileSnapshot(`surface/${revision}.json`);
  },
);

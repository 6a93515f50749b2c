import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createMetrics } from '../src/transports/http/metrics.ts';
import { addReplicaMetrics } from '../src/transports/http/replica-status.ts';
import type { HttpServer } from '../src/transports/http/start-http.ts';
import { Fixture } from './transports/support/fixture.ts';

const document = readFileSync('docs/operations.md', 'utf8');
const { groups } = parse(readFileSync('examples/prometheus/alerts.yaml', 'utf8')) as {
  groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[];
};
const rules = groups.flatMap((group) => group.rules);

/** The cells of a table of the document, by the heading of its first column. */
function table(heading: string): string[][] {
  const [, rows = ''] =
    new RegExp(`^\\| ${heading} \\|.*\\n\\|[-|]+\\n((?:\\|.*\\n)+)`, 'm').exec(document) ?? [];
  return rows
    .trim()
    .split('\n')
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
const codes = (text = '') => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '');

describe('the metrics that are documented', () => {
  let http: HttpServer;
  let text: string;
  beforeAll(async () => {
    const metrics = createMetrics({
      liveCalls: () => 0,
      lineStates: () => ['live'],
      feedStates: () => ['live'],
      rateLimitRoom: () => 50,
    });
    addReplicaMetrics(metrics, () => ({
      ...{ isRedisUp: true, lines: 1, led: 1, term: 1, lag: { entries: 0, ms: 0 }, silenceMs: 0 },
      replicas: [{ name: 'a', version: '1', policy: 'p', startedAt: '' }],
    }));
    metrics.toolCall('hold_call_party', 'observed', 1);
    metrics.guardDecision('reversible', 'allow');
    metrics.eventLag(1);
    http = await new Fixture().start({ metrics });
    text = await (await fetch(http.url.replace('/mcp', '/metrics'))).text();
  });
  afterAll(() => http.close());

  const served = () => [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name ?? '');
  const labelsOf = (name: string) =>
    new Set(
      [...text.matchAll(new RegExp(`^${name}(?:_bucket)?\\{(.*)\\}`, 'gm'))].flatMap(([, labels = '']) =>
        [...labels.matchAll(/(\w+)=/g)].map(([, label]) => label),
      ),
    );

  it('are those that the server has, with their labels', () => {
    const rows = table('metric').map(([name, labels]) => [codes(name)[0] ?? '', codes(labels)] as const);
    expect(rows.map(([name]) => name).sort()).toEqual(
      served()
        .filter((name) => name.startsWith('rc_mcp_'))
        .sort(),
    );
    for (const [name, labels] of rows) {
      const found = labelsOf(name);
      found.delete('le');
      expect([...found].sort(), name).toEqual([...labels].sort());
    }
  });

  it('say every state of the feed', () => {
    const states = [...text.matchAll(/^rc_mcp_feed_state\{state="(\w+)"\}/gm)].map(([, state]) => state);
    const [, , what] = table('metric').find(([name]) => name === '`rc_mcp_feed_state`') ?? [];
    expect(codes(what)).toEqual(states);
  });

  it('are all that the alerts look at', () => {
    for (const { alert, expr } of rules) {
      const names =
        expr.match(/\b(?:rc_mcp|nodejs|process)_\w+/g) ?? (expr.startsWith('up{') ? [] : ['none']);
      for (const name of names) expect(served(), alert).toContain(name.replace(/_bucket$/, ''));
    }
  });
});

describe('the alerts', () => {
  it('are those that the document tells what to do about', () => {
    expect(table('alert').map(([name]) => codes(name)[0])).toEqual(rules.map(({ alert }) => alert));
  });

  it('look for outcomes, decisions and states that there are', () => {
    const kinds = readFileSync('src/shared/failure.ts', 'utf8');
    const states = readFileSync('src/transports/http/metrics.ts', 'utf8');
    for (const { alert, expr } of rules) {
      for (const [, label, value = ''] of expr.matchAll(/(outcome|decision|state)=~?"([^"]+)"/g))
        for (const word of value.split('|'))
          expect(label === 'state' ? states : kinds, alert).toContain(`'${word}'`);
    }
  });
});

it('log lines that are worth a message are lines that the server writes', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(`src/${path}`, 'utf8'));
  const lines = table('line').map(([line]) => codes(line)[0] ?? '');
  expect(lines.length).toBeGreaterThan(5);
  for (const line of [...lines, 'audit log closed', 'keys read anew'])
    expect(
      sources.some((source) => source.includes(`'${line}`)),
      line,
    ).toBe(true);
});

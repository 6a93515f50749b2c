import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseUri, templates, uris } from '../../src/resources/uris.ts';
import { eras, type Host, type ServerTestbed, startServerTestbed } from '../server/support/testbed.ts';

let testbed: ServerTestbed;

beforeAll(async () => {
  testbed = await startServerTestbed();
});
afterAll(() => testbed.close());

async function read(host: Host, uri: string) {
  const [content] = (await host.client.readResource({ uri })).contents;
  return JSON.parse((content as { text: string }).text);
}

const listed = async (host: Host) => (await host.client.listResources()).resources.map(({ uri }) => uri);

it('keeps nothing of what a client watches and is not there', async () => {
  const { client } = await testbed.host('2025');
  const long = uris.party('s'.repeat(250), 'p'.repeat(250));
  await expect(client.subscribeResource({ uri: long })).rejects.toThrow(/not found|no resource/i);
});

describe.each(eras)('in the era of %s', (era) => {
  let host: Host;
  beforeAll(async () => {
    host = await testbed.host(era);
    await listed(host);
    await vi.waitUntil(() => testbed.line.sync.status().state === 'live', 10_000);
  });

  it('lists the fixed resources and every live call with its parties', async () => {
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    await expect.poll(() => listed(host)).toContain(uris.party(telephonySessionId, partyId));
    expect(await listed(host)).toEqual(
      expect.arrayContaining([uris.sessions, uris.feed, uris.guard, uris.session(telephonySessionId)]),
    );
    await testbed.control.drop(telephonySessionId);
    await expect.poll(() => listed(host)).not.toContain(uris.session(telephonySessionId));
  });

  it('reads sessions, one session, one party, the feed and the guard', async () => {
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    const session = await read(host, uris.session(telephonySessionId));
    expect(session).toMatchObject({
      id: telephonySessionId,
      yourPartyId: partyId,
      stale: expect.any(Boolean),
    });
    expect(session.asOf).toMatch(/^\d{4}-/);
    expect(await read(host, uris.party(telephonySessionId, partyId))).toMatchObject({
      id: partyId,
      telephonySessionId,
      status: { code: 'Answered' },
      source: expect.stringMatching(/^(event|api)$/),
    });
    expect((await read(host, uris.sessions)).sessions).toContainEqual(
      expect.objectContaining({ id: telephonySessionId }),
    );
    expect(await read(host, uris.feed)).toMatchObject({
      state: 'live',
      environment: 'sandbox',
      stale: false,
    });
    expect(await read(host, uris.guard)).toHaveProperty('policy');
    await testbed.control.drop(telephonySessionId);
  });

  it.each([
    uris.session('s-nobody'),
    uris.party('s-nobody', 'p-1'),
    'ringcentral://telephony/sessions/..%2Fx',
    'ringcentral://other',
  ])('has no %s', async (uri) => {
    await expect(host.client.readResource({ uri })).rejects.toThrow(/not found|Invalid|-3200?2|-32602/i);
  });

  it('completes ids', async () => {
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    await expect.poll(() => listed(host)).toContain(uris.session(telephonySessionId));
    const complete = async (name: string, value: string, args?: Record<string, string>) =>
      (
        await host.client.complete({
          ref: { type: 'ref/resource', uri: name === 'partyId' ? templates.party : templates.session },
          argument: { name, value },
          ...(args && { context: { arguments: args } }),
        })
      ).completion.values;
    expect(await complete('telephonySessionId', telephonySessionId.slice(0, 6))).toContain(
      telephonySessionId,
    );
    expect(await complete('telephonySessionId', 'zzz')).toEqual([]);
    expect(await complete('partyId', 'p-', { telephonySessionId })).toContain(partyId);
    // Of a call that is not known there is no party to offer, least of all another call's.
    expect(await complete('partyId', 'p-', { telephonySessionId: 's-nobody' })).toEqual([]);
    await testbed.control.drop(telephonySessionId);
  });

  it('tells subscribers what changed, and the read after it shows the new state', async () => {
    const { telephonySessionId, partyId } = await testbed.stage.talking();
    await expect.poll(() => listed(host)).toContain(uris.party(telephonySessionId, partyId));
    const watched = uris.party(telephonySessionId, partyId);
    const stop =
      era === '2025'
        ? await host.client.subscribeResource({ uri: watched }).then(() => undefined)
        : await host.client.listen({ resourceSubscriptions: [watched], resourcesListChanged: true });
    host.news.length = 0;
    await testbed.control.act(telephonySessionId, partyId, 'hold');
    await expect.poll(() => host.news).toContain(watched);
    expect(host.news.filter((uri) => uri !== watched && uri !== 'list')).toEqual([]);
    expect((await read(host, watched)).status.code).toBe('Hold');
    const { telephonySessionId: another } = await testbed.stage.ringing();
    await expect.poll(() => host.news).toContain('list');
    await testbed.control.drop(another);
    await testbed.control.drop(telephonySessionId);
    if (era === '2025') await host.client.unsubscribeResource({ uri: watched });
    else await stop?.close();
  });
});

it('refuses to watch what cannot be', async () => {
  const host = await testbed.host('2025');
  await expect(host.client.subscribeResource({ uri: 'file:///etc/passwd' })).rejects.toThrow(/no resource/);
});

it('refuses to watch what is not there, and takes what is, also after it has ended', async () => {
  const host = await testbed.host('2025');
  const watch = (uri: string) => host.client.subscribeResource({ uri });
  const { telephonySessionId, partyId } = await testbed.stage.talking();
  const missing = [
    uris.session('s-nobody'),
    uris.party('s-nobody', 'p-nobody-1'),
    uris.party(telephonySessionId, 'p-nobody-1'),
    uris.session('..'),
  ];
  for (const uri of missing) await expect(watch(uri)).rejects.toThrow(/no resource|not found/i);
  await testbed.control.fault({ kind: 'http', pathPattern: '/telephony/sessions/', status: 503 });
  await expect(watch(uris.session('s-unknown'))).rejects.toThrow(/unavailable/);
  await testbed.control.clearFaults();
  for (const uri of [uris.sessions, uris.feed, uris.guard, uris.session(telephonySessionId)])
    await watch(uri);
  await testbed.control.drop(telephonySessionId);
  await watch(uris.party(telephonySessionId, partyId));
});

it('tells nobody that a call was read again in which nothing is different', async () => {
  const host = await testbed.host('2025');
  const { telephonySessionId } = await testbed.stage.consulting();
  await host.client.subscribeResource({ uri: uris.session(telephonySessionId) });
  await expect
    .poll(async () => (await testbed.line.calls.session(telephonySessionId))?.stale, { timeout: 10_000 })
    .toBe(true);
  host.news.length = 0;
  await testbed.line.sync.refresh(telephonySessionId);
  expect(testbed.line.calls.session(telephonySessionId)?.stale).toBe(false);
  await new Promise((resolve) => setImmediate(resolve));
  expect(host.news).toEqual([]);
  await testbed.control.drop(telephonySessionId);
});

it.each([
  [uris.sessions, true],
  [uris.session('s-1'), true],
  [uris.party('s-1', 'p-1'), true],
  [uris.feed, true],
  [uris.guard, true],
  [`${uris.sessions}/`, false],
  [`${uris.session('s-1')}/parties`, false],
  [`${uris.feed}?x=1`, false],
])('%s is a resource: %s', (uri, is) => {
  expect(parseUri(uri) !== undefined).toBe(is);
});

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createMetadataFetch, type MetadataFetchOptions } from '../../src/team/metadata-fetch.ts';
import { createAddressCheck } from '../../src/team/public-address.ts';

const tls = (name: string) => readFileSync(new URL(`../support/tls/${name}.pem`, import.meta.url), 'utf8');
const certificate = { key: tls('key'), cert: tls('cert') };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** @returns its address, which the name in the certificate stands for */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(certificate, answer);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `https://platform.test:${(server.address() as AddressInfo).port}/client.json`;
}

const toLoopback: MetadataFetchOptions = {
  isAllowed: (address) => address === '127.0.0.1',
  resolve: async () => ['127.0.0.1'],
  ca: certificate.cert,
};

test('a document is fetched from the address that was checked', async () => {
  const asked: string[] = [];
  const url = await serve(({ headers, url: path }, response) => {
    asked.push(`${headers.accept} ${path}`);
    response.setHeader('cache-control', 'max-age=60').end('{"a":1}');
  });
  // The second look-up would give another address.
  const addresses = [['127.0.0.1'], ['10.0.0.1']];
  const fetch = createMetadataFetch({ ...toLoopback, resolve: async () => addresses.shift() ?? [] });
  const response = await fetch(url, { headers: { accept: 'application/json' } });
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('max-age=60');
  expect(await response.json()).toEqual({ a: 1 });
  expect(asked).toEqual(['application/json /client.json']);
});

test('nothing is asked of an address that is not public, nor of a name that has one', async () => {
  let asked = 0;
  const url = await serve((_, response) => {
    asked += 1;
    response.end('{}');
  });
  const { port } = new URL(url);
  const refused = 'the host has no public address';
  for (const resolve of [async () => ['127.0.0.1'], async () => ['203.0.114.1', '127.0.0.1'], async () => []])
    await expect(createMetadataFetch({ resolve, ca: certificate.cert })(url, {})).rejects.toThrow(refused);
  for (const host of ['127.0.0.1', '[::1]', '0x7f000001', '2130706433', '127.1', '[::ffff:127.0.0.1]'])
    await expect(createMetadataFetch()(`https://${host}:${port}/`, {})).rejects.toThrow(refused);
  expect(asked).toBe(0);
});

test('http is not fetched', async () => {
  await expect(createMetadataFetch(toLoopback)('http://platform.test/', {})).rejects.toThrow('only https');
});

test('a redirect is not followed', async () => {
  const paths: unknown[] = [];
  const url = await serve(({ url: path }, response) => {
    paths.push(path);
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  expect((await createMetadataFetch(toLoopback)(url, {})).status).toBe(302);
  expect(paths).toEqual(['/client.json']);
});

test('a document that is too large is cut off', async () => {
  const url = await serve((_, response) => void response.end('x'.repeat(16 * 1024 + 1)));
  await expect(createMetadataFetch(toLoopback)(url, {})).rejects.toThrow('too large');
});

test('a server that does not go on is left', async () => {
  const url = await serve((_, response) => void response.write('{'));
  const fetch = createMetadataFetch({ ...toLoopback, timeoutMs: 200 });
  await expect(fetch(url, {})).rejects.toThrow(/abort|time/i);
});

test('a name that is not found in time is given up', async () => {
  const fetch = createMetadataFetch({ ...toLoopback, resolve: () => new Promise(() => {}), timeoutMs: 200 });
  await expect(fetch('https://platform.test/', {})).rejects.toThrow('not found in time');
});

test('a certificate that nobody vouches for is refused', async () => {
  const url = await serve((_, response) => void response.end('{}'));
  const { ca: _, ...without } = toLoopback;
  await expect(createMetadataFetch(without)(url, {})).rejects.toThrow(/certificate/);
});

test('more than eight at once are refused', async () => {
  const waiting: (() => void)[] = [];
  const url = await serve((_, response) => void waiting.push(() => response.end('{}')));
  const fetch = createMetadataFetch(toLoopback);
  const first = Array.from({ length: 8 }, () => fetch(url, {}));
  await expect(fetch(url, {})).rejects.toThrow('too many');
  await expect.poll(() => waiting.length).toBe(8);
  for (const answer of waiting) answer();
  await Promise.all(first);
  const next = fetch(url, {});
  await expect.poll(() => waiting.length).toBe(9);
  waiting[8]?.();
  expect((await next).status).toBe(200);
});

test.each([
  ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '172.31.255.255'],
  ...['192.0.0.8', '192.168.1.1', '198.18.0.1', '203.0.113.9', '224.0.0.1', '255.255.255.255'],
  ...[
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
    '100::1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'ff02::1',
  ],
  ...['2001:db8::1', '2002:7f00:1::', '3fff::1', 'localhost', ''],
])('%s is not of the public internet', (address) => {
  expect(createAddressCheck()(address)).toBe(false);
});

test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '1.1.1.1', '2606:4700::1111', '2a00:1450:4001::1'])(
  '%s is',
  (address) => {
    expect(createAddressCheck()(address)).toBe(true);
  },
);

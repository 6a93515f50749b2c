// Which fetch to inject into @ringcentral/sdk: milliseconds per call through the SDK, one after the other and
// sixteen at once, against a loopback server that answers with a session. Contenders are interleaved.
// Run: npx tsx bench/fetch.ts [rounds]
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import RingCentral from '@ringcentral/sdk';
import { SDK } from '@ringcentral/sdk/lib/SDK.js';
import { systemClock } from '../src/base/clock.ts';
import { createHttp, HttpHeaders, HttpRequest, HttpResponse } from '../src/ringcentral/rest/http.ts';

const rounds = Number(process.argv[2] ?? 12);
const perRound = 200;
const atOnce = 16;
const body = JSON.stringify({
  id: 's-a0d17e1b2c3d4z19a8b7c6d5ez1234567890',
  origin: { type: 'Call' },
  creationTime: '2026-01-01T10:00:00Z',
  parties: Array.from({ length: 2 }, (_, n) => ({
    id: `p-a0d17e1b2c3d4z19a8b7c6d5ez1234567890-${n + 1}`,
    accountId: '37439510',
    extensionId: '62264425008',
    direction: 'Inbound',
    from: { phoneNumber: '+12055550100', name: 'Caller' },
    to: { phoneNumber: '+12055550101', extensionId: '62264425008' },
    status: { code: 'Answered' },
    muted: false,
    standAlone: false,
  })),
});

type Options = ConstructorParameters<typeof SDK>[0];
type Contender = () => Promise<unknown>;

async function throughSdk(server: string, options: object): Promise<Contender> {
  const platform = new SDK({ server, clientId: 'id', ...options } as Options).platform();
  await platform.auth().setData({ token_type: 'bearer', access_token: 'token', expires_in: '3600' });
  return async () => (await platform.get('/session')).json();
}

const server = createServer((_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(body);
});
await new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve);
});
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const memory = () => {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
};
const node = await import('node-fetch' as string);
const agent = new Agent({ keepAlive: true });
const nativeClasses = { Request, Response, Headers };
const nodeClasses = { Request: node.Request, Response: node.Response, Headers: node.Headers };
const ownClasses = { Request: HttpRequest, Response: HttpResponse, Headers: HttpHeaders };

const contenders: Record<string, Contender> = {
  "plain fetch (Node's), no SDK": async () => (await fetch(`${url}/session`)).json(),
  "SDK, Node's fetch with a timeout": await throughSdk(url, {
    ...nativeClasses,
    localStorage: memory(),
    fetch: (request: Request) => fetch(request, { signal: AbortSignal.timeout(10_000) }),
  }),
  'SDK, node-fetch with keep-alive and a timeout': await throughSdk(url, {
    ...nodeClasses,
    localStorage: memory(),
    fetch: (request: unknown) => node.default(request, { agent, signal: AbortSignal.timeout(10_000) }),
  }),
  'SDK, node:http with keep-alive and a timeout (rest/http.ts)': await throughSdk(url, {
    ...ownClasses,
    localStorage: memory(),
    fetch: createHttp(systemClock, 10_000).exchange,
  }),
  'node:http with keep-alive, bare': () =>
    new Promise((resolve) => {
      get(`${url}/session`, { agent }, (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        incoming.on('end', () => resolve(JSON.parse(text)));
      });
    }),
};

const medians = (lists: Map<string, number[]>) =>
  new Map(
    [...lists].map(
      ([name, values]) => [name, values.sort((a, b) => a - b)[values.length >> 1] ?? 0] as const,
    ),
  );

const serial = new Map<string, number[]>();
const parallel = new Map<string, number[]>();
for (let round = 0; round <= rounds; round += 1) {
  for (const [name, call] of Object.entries(contenders)) {
    const start = performance.now();
    for (let n = 0; n < perRound; n += 1) await call();
    const middle = performance.now();
    for (let n = 0; n < perRound; n += atOnce) await Promise.all(Array.from({ length: atOnce }, call));
    const end = performance.now();
    // The first round warms up.
    if (round === 0) continue;
    serial.set(name, [...(serial.get(name) ?? []), (middle - start) / perRound]);
    parallel.set(name, [...(parallel.get(name) ?? []), (end - middle) / perRound]);
  }
}

const [plain = ''] = Object.keys(contenders);
const [one, many] = [medians(serial), medians(parallel)];
const ratio = (of: Map<string, number>, name: string) =>
  ((of.get(name) ?? 0) / (of.get(plain) ?? 1)).toFixed(2);
console.log('contender | ms per call | ÷ plain fetch | ms at 16 at once | ÷ plain fetch');
for (const name of Object.keys(contenders)) {
  console.log(
    `${name} | ${one.get(name)?.toFixed(3)} | ${ratio(one, name)} | ${many.get(name)?.toFixed(3)} | ${ratio(many, name)}`,
  );
}
console.log(
  `(${RingCentral.SDK.version ?? 'SDK'}, node ${process.version}, ${rounds} rounds of ${perRound})`,
);
process.exit(0);

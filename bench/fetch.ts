import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SDK } from '@ringcentral/sdk/lib/SDK.js';
import { createHttp } from '../src/ringcentral/rest/http.ts';
import { HttpHeaders } from '../src/ringcentral/rest/http-headers.ts';
import { HttpRequest, HttpResponse } from '../src/ringcentral/rest/http-message.ts';
import { systemClock } from '../src/shared/clock.ts';

import { compare } from './harness/compare.ts';
import type { Subject } from './harness/subject.ts';

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

const plain = "plain fetch (Node's), no SDK";

async function sample(call: Contender) {
  const begun = performance.now();
  for (let turn = 0; turn < perRound; turn += 1) await call();
  const between = performance.now();
  for (let turn = 0; turn < perRound; turn += atOnce) await Promise.all(Array.from({ length: atOnce }, call));
  const ended = performance.now();
  return {
    'one after the other, ms a call': (between - begun) / perRound,
    'sixteen at once, ms a call': (ended - between) / perRound,
  };
}

export const subject: Subject = {
  about: 'Which `fetch` to give to `@ringcentral/sdk`: GET of a session on loopback.',
  async run({ quick }) {
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
      [plain]: async () => (await fetch(`${url}/session`)).json(),
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

    const table = await compare({
      title: 'Requests',
      reference: plain,
      rounds: quick ? 2 : 15,
      contenders: Object.fromEntries(
        Object.entries(contenders).map(([name, call]) => [name, () => sample(call)]),
      ),
    });
    server.close();
    return [table];
  },
};

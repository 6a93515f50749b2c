import { afterEach, describe, expect, it } from 'vitest';
import { WebhookFeed } from '../../../src/ringcentral/feed/webhook-feed.ts';
import { createRestClient } from '../../../src/ringcentral/rest/rest-client.ts';
import type { Clock } from '../../../src/shared/clock.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import type { HttpServer } from '../../../src/transports/http/start-http.ts';
import { webhookPath, webhookRoute } from '../../../src/transports/http/webhook-route.ts';
import { Fixture } from '../../transports/support/fixture.ts';
import { fastClock } from '../support/fast-clock.ts';
import { openPlatformTestbed, type PlatformTestbed, recordFeed, ring, silent } from '../support/testbed.ts';

const verificationToken = 'a-token-that-nobody-guesses';

/** A sandbox that delivers to a receiver of ours on this machine. */
async function setUp(clock: Clock = systemClock, testbed?: PlatformTestbed) {
  const at = testbed ?? (await openPlatformTestbed());
  let feed: WebhookFeed | undefined;
  let down = false;
  let mayAnswer = Promise.resolve();
  let greeted = (): void => undefined;
  const route = webhookRoute({
    verificationToken,
    receive: async (notification) => feed?.receive(notification),
  });
  const http: HttpServer = await new Fixture().start({
    routes: {
      [webhookPath]: {
        methods: ['POST'],
        open: true,
        handle: async (exchange) => {
          greeted();
          await mayAnswer;
          if (down) exchange.response.writeHead(500).end();
          else return route[webhookPath]?.handle(exchange);
        },
      },
    },
  });
  const { serverUrl, clientId, clientSecret, jwt } = at.sandbox;
  const rest = createRestClient({
    credentials: { serverUrl, clientId, clientSecret, jwt },
    clock,
    log: silent,
  });
  const address = http.url.replace('/mcp', webhookPath);
  const another = () =>
    new WebhookFeed({ rest, scope: 'extension', clock, log: silent, address, verificationToken });
  feed = another();
  const seen = recordFeed({ feed } as unknown as Parameters<typeof recordFeed>[0]);
  const subscriptions = async () =>
    (await at.control<{ subscriptions: { id: string; status?: string }[] }>('/state', undefined, 'GET'))
      .subscriptions;
  return {
    testbed: at,
    feed,
    another,
    seen,
    rest,
    subscriptions,
    fail: (now: boolean) => {
      down = now;
    },
    /** Resolves when RingCentral has come to the receiver, which answers when `answer` is called. */
    holdBack() {
      let answer = (): void => undefined;
      mayAnswer = new Promise((resolve) => {
        answer = resolve;
      });
      const came = new Promise<void>((resolve) => {
        greeted = resolve;
      });
      return { came, answer };
    },
    async close() {
      await feed?.close();
      await rest.close();
      await http.close();
      await at.close();
    },
  };
}

describe('the feed over a webhook', () => {
  let open: Awaited<ReturnType<typeof setUp>> | undefined;
  afterEach(async () => {
    await open?.close();
    open = undefined;
  });

  it('greets, goes live, and delivers the events of calls', async () => {
    open = await setUp();
    const { feed, seen, testbed } = open;
    expect(feed.status.state).toBe('idle');
    feed.start();
    await seen.untilState('live');
    expect(seen.gaps).toEqual(['the feed has just been opened']);
    const telephonySessionId = await ring(testbed);
    await seen.until(({ events }) => events.some((event) => event.telephonySessionId === telephonySessionId));
  });

  it('removes its subscription at the end, and one that an earlier process left behind', async () => {
    open = await setUp();
    const { feed, seen, subscriptions, another } = open;
    another().start();
    await expect.poll(async () => (await subscriptions()).length, { interval: 10 }).toBe(1);
    const [left] = await subscriptions();
    feed.start();
    await seen.untilState('live');
    expect(await subscriptions()).toHaveLength(1);
    expect((await subscriptions())[0]?.id).not.toBe(left?.id);
    await feed.close();
    expect(await subscriptions()).toHaveLength(0);
  });

  it('leaves no subscription behind when it is closed while it subscribes', async () => {
    open = await setUp();
    const { feed, rest, subscriptions, holdBack } = open;
    const { came, answer } = holdBack();
    feed.start();
    await came;
    const closing = feed.close().then(() => rest.close());
    answer();
    await closing;
    expect(await subscriptions()).toHaveLength(0);
  });

  it('asks for the calls to be read again when something could not be read', async () => {
    open = await setUp();
    const { feed, seen } = open;
    feed.start();
    await seen.untilState('live');
    feed.receive({ event: '/restapi/v1.0/account/1/telephony/sessions', body: { sequence: 'x' } });
    expect(seen.gaps.at(-1)).toBe('an event of a call could not be read');
  });

  it('waits and tries again while its address cannot be reached, and says why', async () => {
    open = await setUp(fastClock());
    const { feed, seen, fail } = open;
    fail(true);
    feed.start();
    await seen.untilState('waiting');
    const waiting = seen.states.find(({ state }) => state === 'waiting');
    expect(waiting?.reason).toMatch(/; next try in \d+ s$/);
    fail(false);
    await seen.untilState('live');
  });

  it('subscribes anew when the platform no longer knows the subscription', async () => {
    open = await setUp(fastClock());
    const { feed, seen, testbed } = open;
    feed.start();
    await seen.untilState('live');
    await testbed.fault({
      kind: 'http',
      method: 'GET',
      pathPattern: '/subscription/',
      status: 404,
      errorCode: 'CMN-120',
    });
    // Until it is noticed: on this clock a request has hundredths of a second, and one may be given up.
    await seen.until(({ gaps }) => gaps.length >= 2);
    await testbed.control('/faults', undefined, 'DELETE');
    expect(seen.gaps[1]).toContain('no longer knew');
    await seen.untilState('live');
  });

  it('notices that the platform has given up on it, and subscribes anew', async () => {
    const testbed = await openPlatformTestbed({ rateLimits: 'off', manualClock: true });
    open = await setUp(fastClock(), testbed);
    const { feed, seen, fail, subscriptions } = open;
    feed.start();
    await seen.untilState('live');
    const [first] = await subscriptions();
    fail(true);
    await ring(testbed);
    // Ten minutes of failure, platform.md 6.4. The first failed delivery starts them.
    await expect
      .poll(
        async () => {
          await testbed.control('/clock', { advanceMs: 60_000 });
          return (await subscriptions()).some(({ id, status }) => id === first?.id && status === 'Active');
        },
        { interval: 20, timeout: 10_000 },
      )
      .toBe(false);
    fail(false);
    await expect.poll(() => seen.gaps.at(-1), { timeout: 10_000 }).toContain('stopped delivering');
    await seen.untilState('live');
    expect((await subscriptions()).map(({ id }) => id)).not.toContain(first?.id);
  });
});

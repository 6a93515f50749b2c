import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientKind, clientKinds } from '../e2e/support/agents.ts';
import { type SignedIn, signIn } from '../e2e/support/signed-in.ts';
import { hasRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { Browser } from '../team/support/browser.ts';
import { openOwnPage, press, valuesOf } from '../team/support/own-page.ts';
import { hiddenFieldsOf, signInAtRingCentral } from '../team/support/sign-in-page.ts';
import { answerConsent, connect, registerApp } from '../team/support/team-bed.ts';
import { ask, modern, stream } from '../transports/support/wire.ts';
import { startTeamReplicas, type TeamReplicas } from './support/team-replicas.ts';

// T14: the requests of each sign-in go to the replicas by turns.
describe.skipIf(!hasRedis)(hasRedis ? 'sign-in on two replicas' : withoutRedis, () => {
  let redis: RedisServer;
  let bed: TeamReplicas;
  let url: string;
  beforeAll(async () => {
    redis = await startRedis();
    bed = await startTeamReplicas(redis.url);
    url = `${bed.url}/mcp`;
  });
  afterAll(async () => {
    await bed?.close();
    await redis?.stop();
  });

  const replica = (index: number) => bed.replicas[index] as TeamReplicas['replicas'][number];
  const headersOf = (token: string, message = modern('tools/call', {})) => ({
    ...{ ...message.headers, 'mcp-name': 'list_active_calls', authorization: `Bearer ${token}` },
  });
  /** The answer of one replica to a request of an app. */
  const look = async (index: number, token: string) => {
    const message = modern('tools/call', { name: 'list_active_calls', arguments: {} });
    return ask(`${replica(index).url}/mcp`, { ...message, headers: headersOf(token, message) });
  };
  const listen = async (index: number, token: string) => {
    const message = modern('subscriptions/listen', { notifications: { resourcesListChanged: true } });
    const opened = await stream(`${replica(index).url}/mcp`, {
      ...message,
      method: 'POST',
      headers: { ...message.headers, authorization: `Bearer ${token}` },
    });
    expect(opened.status).toBe(200);
    return opened;
  };
  const tokensOf = async (extensionNumber: string) => {
    const app = await registerApp(bed.url);
    const browser = new Browser(bed.url);
    const answer = await connect({ browser, app, extensionNumber });
    const tokens = await app.redeem(answer.get('code') ?? '');
    expect(tokens.status).toBe(200);
    return { ...tokens, app, browser };
  };

  it.each(clientKinds)(
    'a host with the %s is connected, and sees the calls of its person',
    async (kind: ClientKind) => {
      const bob: SignedIn = await signIn(kind, { url, extensionNumber: '102' });
      const call = await bed.control.dial({ phoneNumber: '+14155550121' }, { extensionNumber: '102' });
      await expect
        .poll(async () => {
          const { structuredContent } = await bob.agent.call('list_active_calls');
          return structuredContent?.calls?.map(({ id }: { id: string }) => id);
        })
        .toEqual([call]);
      await bed.control.drop(call);
      await bob.agent.close();
    },
  );

  it('of ten who redeem one code at once one gets tokens, and they end with that', async () => {
    const app = await registerApp(bed.url);
    const answer = await connect({ browser: new Browser(bed.url), app, extensionNumber: '103' });
    const code = answer.get('code') ?? '';
    const answers = await Promise.all(Array.from({ length: 10 }, () => app.redeem(code)));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    expect(answers.filter(({ error }) => error === 'invalid_grant')).toHaveLength(9);
    const token = won[0]?.access_token ?? '';
    for (const index of [0, 1]) expect((await look(index, token)).status).toBe(401);
    expect((await app.refresh(won[0]?.refresh_token ?? '')).status).toBe(400);
  });

  it('tokens are renewed at whatever replica, and a used one ends them all', async () => {
    const first = await tokensOf('103');
    const { app } = first;
    let last = first as { refresh_token: string; access_token: string };
    for (let turn = 0; turn < 4; turn += 1) last = await app.refresh(last.refresh_token);
    for (const index of [0, 1]) expect((await look(index, last.access_token)).status).toBe(200);
    expect((await app.refresh(first.refresh_token)).status).toBe(400);
    expect((await app.refresh(last.refresh_token)).status).toBe(400);
    for (const index of [0, 1]) expect((await look(index, last.access_token)).status).toBe(401);
  });

  it('an app that gives its permission back at one replica has nothing left at the other', async () => {
    const { access_token, refresh_token, app } = await tokensOf('104');
    const other = await tokensOf('104');
    const opened = await listen(1, access_token);
    const stays = await listen(1, other.access_token);
    let hasEnded = false;
    void stays.ended.then(() => {
      hasEnded = true;
    });
    const revoked = await fetch(`${replica(0).url}/oauth/revoke`, {
      method: 'POST',
      headers: { host: new URL(bed.url).host },
      body: new URLSearchParams({ token: refresh_token, client_id: app.clientId }),
    });
    expect(revoked.status).toBe(200);
    expect((await look(1, access_token)).status).toBe(401);
    await opened.ended;
    expect((await look(1, other.access_token)).status).toBe(200);
    expect(hasEnded).toBe(false);
  });

  it('whoever signs out at one replica is out at the other, with all that was open', async () => {
    const { access_token, app, refresh_token } = await tokensOf('104');
    const opened = await listen(1, access_token);
    const { name } = await replica(0).team.verifyToken(access_token);
    await replica(0).team.endPerson(name);
    await opened.ended;
    for (const index of [0, 1]) expect((await look(index, access_token)).status).toBe(401);
    expect((await app.refresh(refresh_token)).status).toBe(400);
    const again = await tokensOf('104');
    for (const index of [0, 1]) expect((await look(index, again.access_token)).status).toBe(200);
  });

  it('a pause on the person’s page ends what is open at each replica, until they end it', async () => {
    const { access_token } = await tokensOf('101');
    const streams = await Promise.all([0, 1].map((index) => listen(index, access_token)));
    const browser = new Browser(bed.url);
    const page = await openOwnPage(browser, '101');
    const paused = await press(browser, page, 'pause');
    await Promise.all(streams.map(({ ended }) => ended));
    for (const index of [0, 1]) {
      const answer = await look(index, access_token);
      expect(JSON.stringify(answer)).toContain('has paused agents');
    }
    const resumed = await press(browser, paused, 'resume');
    for (const index of [0, 1])
      expect(JSON.stringify(await look(index, access_token))).not.toContain('has paused agents');
    // An app is taken back at whatever replica shows the page.
    const [app = ''] = valuesOf(resumed, 'app');
    await press(browser, resumed, 'revoke', [['app', app]]);
    for (const index of [0, 1]) expect((await look(index, access_token)).status).toBe(401);
  });

  it('another browser does not come back with a sign-in, nor the same one twice', async () => {
    const app = await registerApp(bed.url);
    const browser = new Browser(bed.url);
    const consent = await browser.open(await app.authorizeUrl());
    const away = await answerConsent(browser, consent, 'yes');
    const back = await signInAtRingCentral(away.url, '103');
    expect((await new Browser(bed.url).open(back)).status).toBe(400);
    expect((await browser.open(back)).status).toBe(400);
    const forged = await browser.submit(consent, [
      ...hiddenFieldsOf(consent.body).map(([name]): [string, string] => [name, 'forged']),
      ['answer', 'yes'],
    ]);
    expect(forged.status).toBe(403);
  });

  it('while Redis is away sign-in says so, nobody is thrown out, and all goes on after', async () => {
    const { access_token, refresh_token, app, browser } = await tokensOf('103');
    for (const index of [0, 1]) expect((await look(index, access_token)).status).toBe(200);
    const page = await openOwnPage(browser, '103');
    await redis.kill();
    for (const index of [0, 1]) await expect.poll(() => replica(index).redis.isUp).toBe(false);
    for (const index of [0, 1]) expect((await look(index, access_token)).status).toBe(200);
    expect(await app.refresh(refresh_token)).toMatchObject({ status: 503, error: 'temporarily_unavailable' });
    const refused = [await browser.open('/me'), await press(browser, page, 'pause')];
    refused.push(await browser.open(await app.authorizeUrl()));
    for (const { status, body } of refused) {
      expect(status).toBe(503);
      expect(body).toContain('Redis');
    }
    await redis.restart();
    for (const index of [0, 1]) await expect.poll(() => replica(index).redis.isUp).toBe(true);
    for (const index of [0, 1]) expect((await look(index, access_token)).status).toBe(200);
    expect((await app.refresh(refresh_token)).status).toBe(200);
    expect((await browser.open('/me')).body).toContain('extension 103');
  });

  it('no token is in the log', async () => {
    const { access_token, refresh_token } = await tokensOf('103');
    for (const secret of [access_token, refresh_token]) expect(bed.logged()).not.toContain(secret);
  });
});

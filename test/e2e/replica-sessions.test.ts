import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/shared/clock.ts';
import { digestOf, hopHeader, sealHop } from '../../src/transports/http/replicas/hop-seal.ts';
import { hopPaths } from '../../src/transports/http/replicas/pass-on.ts';
import { createKey } from '../../src/transports/identity/keys.ts';
import { hasRedis, withoutRedis } from '../support/redis.ts';
import { openTcpLink } from '../support/tcp-link.ts';
import { ask, initialize, openSession, type Stream, stream } from '../transports/support/wire.ts';
import { type Agent, type Answer, connect, type Question, yes } from './support/agents.ts';
import { type Balancer, openBalancer } from './support/balancer.ts';
import { withoutLimits } from './support/process.ts';
import { type Replica, type Replicas, startReplicas } from './support/replicas.ts';

const outsider = { phoneNumber: '+14155550123', name: 'Mona' };
const alice = { extensionNumber: '101' };
const soon = { timeout: 15_000 };
const fenced = 'a session has ended elsewhere, or another replica has it';

describe.skipIf(!hasRedis)(hasRedis ? 'sessions of 2025 over replicas' : withoutRedis, () => {
  let team: Replicas;
  let balancer: Balancer;
  const agents: Agent[] = [];
  const at = (place: number) => team.replicas[place] as Replica;

  beforeEach(async () => {
    team = await startReplicas({ count: 3, sandbox: withoutLimits('many acts of several replicas') });
    await team.control.patch('/account', { ringSeconds: 300 });
    balancer = await openBalancer(() => team.replicas.map(({ url }) => url));
  });
  afterEach(async () => {
    await Promise.all(agents.splice(0).map((agent) => agent.close().catch(() => {})));
    await balancer.close();
    await team.close();
  });

  const agent = async (kind: 'v1 client' | 'v2 client, 2025' = 'v2 client, 2025') => {
    const opened = await connect(kind, { http: balancer.url });
    agents.push(opened);
    return opened;
  };
  /** A call that Alice talks in, seen by the agent. */
  const talking = async (who: Agent) => {
    const id = await team.control.dial(outsider, alice);
    const { party } = await team.control.ringsAt('101');
    await team.control.act(id, party.id, 'answer');
    await expect.poll(() => statesOf(who, id), soon).toContain('Answered');
    return { id, partyId: party.id };
  };
  const statesOf = async (who: Agent, id: string): Promise<string[]> => {
    const { structuredContent } = await who.call('read_call_session_status', { telephonySessionId: id });
    return structuredContent?.call?.parties?.map(({ status }: { status: { code: string } }) => status.code);
  };
  const acts = async (id: string) => {
    const { requests } = await team.control.requests();
    return requests.filter(({ method, path }) => method !== 'GET' && path.includes(id));
  };
  const asksSince = (place: number) => balancer.served.slice(place).map(({ asked }) => asked);
  const call = (method: string, params: object, id: string) => ({
    body: { jsonrpc: '2.0', id, method, params },
  });
  const newsOf = ({ messages }: Stream) => messages.flatMap(({ params }) => params?.uri ?? []);

  it.each(['v1 client', 'v2 client, 2025'] as const)('%s: any replica takes any request', async (kind) => {
    const who = await agent(kind);
    const { id } = await talking(who);
    for (let nth = 0; nth < 6; nth += 1) expect(await statesOf(who, id)).toContain('Answered');
    expect(new Set(balancer.served.map((one) => one.at))).toEqual(new Set([0, 1, 2]));
    await who.watch([`ringcentral://telephony/sessions/${id}`]);
    const held = await who.call('hold_call_party', { telephonySessionId: id });
    expect(held.structuredContent?.outcome, held.content[0]?.text).toBe('observed');
    await expect.poll(() => who.news, soon).toContain(`ringcentral://telephony/sessions/${id}`);
  });

  it('answers and cancelled requests reach the replica that has asked', async () => {
    const who = await agent();
    const { id } = await talking(who);
    // Whatever the client sends goes elsewhere than the call of the tool.
    balancer.choose = (asked) => (asked === 'delete_call_session' ? 0 : asked === 'answer' ? 1 : 2);
    let asked = (_question: Question) => {};
    const question = new Promise<Question>((resolve) => {
      asked = resolve;
    });
    const cancel = new AbortController();
    who.person.answer = (one) => {
      asked(one);
      return new Promise(() => {});
    };
    const cancelled = who.call('delete_call_session', { telephonySessionId: id }, cancel.signal);
    await question;
    cancel.abort();
    await expect(cancelled).rejects.toThrow();
    who.person.answer = yes;
    const ended = await who.call('delete_call_session', { telephonySessionId: id });
    expect(ended.structuredContent?.outcome, ended.content[0]?.text).toBe('observed');
    expect(await acts(id)).toHaveLength(1);
    expect(balancer.served).toContainEqual({ method: 'POST', asked: 'answer', at: 1 });
  });

  it('a question dies with its replica: nothing is done, and it is asked anew', async () => {
    for (const kind of ['v1 client', 'v2 client, 2025'] as const) {
      balancer.choose = (asked) => (asked === 'initialize' ? 0 : 1);
      const who = await agent(kind);
      const { id } = await talking(who);
      let answer = (_answer: Answer) => {};
      who.person.answer = () =>
        new Promise((resolve) => {
          answer = resolve;
        });
      const call = who.call('delete_call_session', { telephonySessionId: id });
      const failed = call.then(
        () => 'answered',
        (error: Error) => error.message,
      );
      await expect.poll(() => who.questions.length, soon).toBe(1);
      const question = who.questions[0] as Question;
      await at(0).kill();
      team.replicas.shift();
      expect(await failed).toContain('has ended');
      // The person says yes to a question that nobody asks any more.
      const before = balancer.served.length;
      answer(yes(question));
      await expect.poll(() => asksSince(before), soon).toContain('answer');
      who.person.answer = yes;
      expect(await statesOf(who, id)).toContain('Answered');
      expect(await acts(id)).toEqual([]);
      const again = await who.call('delete_call_session', { telephonySessionId: id });
      expect(again.structuredContent?.outcome, again.content[0]?.text).toBe('observed');
      expect(who.questions).toHaveLength(2);
      expect(await acts(id)).toHaveLength(1);
      await team.start();
    }
  });

  it('the answer to a question of another instance is refused, whoever has the session', async () => {
    const session = await openSession(at(0).url, '2025-11-25', {}, { elicitation: {} });
    const who = await agent();
    const { id } = await talking(who);
    const destroy = (requestId: string) => ({
      method: 'POST',
      headers: session.headers,
      ...call(
        'tools/call',
        { name: 'delete_call_session', arguments: { telephonySessionId: id } },
        requestId,
      ),
    });
    const first = await stream(at(1).url, destroy('one'));
    await expect.poll(() => first.messages[0]?.method, soon).toBe('elicitation/create');
    await at(0).kill();
    team.replicas.shift();
    await first.ended;
    const [old] = first.messages;
    const next = await stream(at(0).url, destroy('two'));
    await expect.poll(() => next.messages[0]?.method, soon).toBe('elicitation/create');
    expect(next.messages[0]?.id).not.toBe(old?.id);
    const answer = (questionId: unknown) => ({
      headers: session.headers,
      body: { jsonrpc: '2.0', id: questionId, result: yes(old?.params as unknown as Question) },
    });
    for (const { url } of team.replicas) {
      for (const questionId of [old?.id, 0, '0']) {
        expect((await ask(url, answer(questionId))).status).toBe(400);
      }
    }
    expect(await acts(id)).toEqual([]);
    expect((await ask(at(1).url, answer(next.messages[0]?.id))).status).toBe(202);
    await expect.poll(() => next.messages.at(-1)?.result, soon).toBeDefined();
    expect(await acts(id)).toHaveLength(1);
  });

  it('two instances that live at once take no answer for each other’s questions', async () => {
    const link = await openTcpLink(team.redis.port);
    onTestFinished(() => link.close());
    const cut = await team.start({ redisUrl: `redis://127.0.0.1:${link.port}` });
    const session = await openSession(cut.url, '2025-11-25', {}, { elicitation: {} });
    const who = await agent();
    const [first, second] = [await talking(who), await team.control.dial(outsider, alice)];
    await expect.poll(() => statesOf(who, second), soon).toContain('Proceeding');
    const end = (telephonySessionId: string) => ({
      method: 'POST',
      headers: session.headers,
      ...call('tools/call', { name: 'delete_call_session', arguments: { telephonySessionId } }, 'ends'),
    });
    const asked = await stream(cut.url, end(first.id));
    await expect.poll(() => asked.messages[0]?.method, soon).toBe('elicitation/create');
    link.stall();
    // The others take it for dead; it lives, and so does its question.
    const isTaken = async () => {
      await ask(at(1).url, { headers: session.headers, ...call('ping', {}, 'ping') });
      return at(1).server.logs.some(({ msg }) => msg === 'took over a session');
    };
    await expect.poll(isTaken, soon).toBe(true);
    const taken = await stream(at(1).url, end(second));
    await expect.poll(() => taken.messages[0]?.method, soon).toBe('elicitation/create');
    const answer = ({ messages: [question] }: Stream) => ({
      headers: session.headers,
      body: { jsonrpc: '2.0', id: question?.id, result: yes(question?.params as unknown as Question) },
    });
    expect((await ask(at(1).url, answer(asked))).status).toBe(400);
    expect((await ask(cut.url, answer(taken))).status).toBe(400);
    await ask(cut.url, answer(asked));
    await expect.poll(() => asked.messages.length, soon).toBe(2);
    expect([...(await acts(first.id)), ...(await acts(second))]).toEqual([]);
    link.mend();
    await cut.server.logged(fenced);
    expect((await ask(cut.url, answer(taken))).status).toBe(202);
    await expect.poll(() => acts(second), soon).toHaveLength(1);
    expect(await acts(first.id)).toEqual([]);
  });

  it('gives what was missed once to who comes back with Last-Event-ID', async () => {
    const who = await agent();
    const { id, partyId } = await talking(who);
    const session = await openSession(at(0).url);
    const uris = [
      `ringcentral://telephony/sessions/${id}`,
      `ringcentral://telephony/sessions/${id}/parties/${partyId}`,
    ];
    for (const [nth, uri] of uris.entries()) {
      const { body } = call('resources/subscribe', { uri }, `watch ${nth}`);
      expect((await ask(at(nth + 1).url, { headers: session.headers, body })).json.result).toEqual({});
    }
    const first = await stream(at(1).url, { headers: session.headers });
    await team.control.act(id, partyId, 'hold');
    await expect.poll(() => first.messages.map(({ params }) => params?.uri), soon).toContain(uris[1]);
    first.close();
    await first.ended;
    // Another session at the same replica, which tells when the events have come there.
    const witness = await openSession(at(0).url);
    await ask(at(0).url, {
      headers: witness.headers,
      body: call('resources/subscribe', { uri: uris[1] }, 'witness').body,
    });
    const told = await stream(at(0).url, { headers: witness.headers });
    await team.control.act(id, partyId, 'unhold');
    await expect.poll(() => told.messages.map(({ params }) => params?.uri), soon).toContain(uris[1]);
    const { cursor: after } = (await who.call('list_active_calls')).structuredContent ?? {};
    const waiting = await stream(at(2).url, {
      method: 'POST',
      headers: session.headers,
      ...call(
        'tools/call',
        { name: 'wait_for_call_event', arguments: { after, timeoutSeconds: 25 } },
        'waits',
      ),
    });
    await expect.poll(() => waiting.eventIds.length, soon).toBe(1);
    const answered = await stream(at(2).url, {
      method: 'POST',
      headers: session.headers,
      ...call('tools/call', { name: 'list_devices', arguments: {} }, 'answered'),
    });
    await answered.ended;
    await at(0).kill();
    team.replicas.shift();
    await waiting.ended;
    expect(waiting.messages).toEqual([]);
    expect(waiting.broken).toBe(true);

    const back = (lastEventId = '') => ({ headers: { ...session.headers, 'last-event-id': lastEventId } });
    const resumed = await stream(at(0).url, back(first.eventIds.at(-1)));
    await expect.poll(() => newsOf(resumed), soon).toEqual(expect.arrayContaining(uris));
    await team.control.act(id, partyId, 'hold');
    await expect.poll(() => newsOf(resumed).filter((uri) => uri === uris[1]).length, soon).toBe(2);
    // Of each what was missed, and what has come since.
    for (const uri of uris) expect(newsOf(resumed).filter((one) => one === uri)).toHaveLength(2);
    expect(new Set(resumed.eventIds).size).toBe(resumed.eventIds.length);

    const kept = await stream(at(1).url, back(answered.eventIds[0]));
    await kept.ended;
    expect(kept.messages).toMatchObject([{ id: 'answered', result: {} }]);
    const ended = await stream(at(1).url, back(waiting.eventIds[0]));
    await ended.ended;
    expect(ended.messages).toMatchObject([{ id: 'waits', error: { code: -32000 } }]);
  });

  it('an owner that stood still for a while has the session no more', async () => {
    balancer.choose = (asked) => (asked === 'initialize' ? 0 : 1);
    const who = await agent();
    const { id, partyId } = await talking(who);
    const uri = `ringcentral://telephony/sessions/${id}/parties/${partyId}`;
    await who.watch([uri]);
    await team.control.act(id, partyId, 'hold');
    await expect.poll(() => who.news, soon).toContain(uri);
    const session = await openSession(at(0).url);
    await ask(at(0).url, { headers: session.headers, ...call('resources/subscribe', { uri }, 'watch') });
    const old = await stream(at(0).url, { headers: session.headers });
    await team.control.act(id, partyId, 'unhold');
    await expect.poll(() => newsOf(old), soon).toContain(uri);
    await team.control.act(id, partyId, 'hold');
    await expect.poll(() => statesOf(who, id), soon).toContain('Hold');
    // Its answer is sent after what the session was told before.
    await ask(at(0).url, { headers: session.headers, ...call('ping', {}, 'ping') });
    at(0).freeze();
    const taken = await stream(at(1).url, {
      headers: { ...session.headers, 'last-event-id': old.eventIds.at(-1) ?? '' },
    });
    const told = old.eventIds.length;
    await expect.poll(() => statesOf(who, id).catch(() => []), soon).toContain('Hold');
    // The client comes back by itself.
    const came = () => balancer.served.filter(({ method }) => method === 'GET').length;
    await expect.poll(came, soon).toBeGreaterThan(1);
    const before = who.news.length;
    await team.control.act(id, partyId, 'unhold');
    await expect.poll(() => who.news.slice(before), soon).toContain(uri);
    at(0).thaw();
    await old.ended;
    // What came meanwhile is told by the owner now, and by nobody else.
    expect(old.eventIds.slice(told)).toEqual([]);
    await expect.poll(() => newsOf(taken), soon).toContain(uri);
    const seconds = taken.eventIds.filter((one) => Number.parseInt(one, 10) > 2_000_000_000);
    expect(seconds).toEqual([...new Set(taken.eventIds)]);
    balancer.choose = () => 0;
    expect(await statesOf(who, id)).toContain('Answered');
    const after = who.news.length;
    await team.control.act(id, partyId, 'hold');
    await expect.poll(() => who.news.slice(after), soon).toContain(uri);
    await expect.poll(() => statesOf(who, id)).toContain('Hold');
    taken.close();
  });

  it('a replica that is stopped hands its sessions over', async () => {
    balancer.choose = (asked) => (asked === 'initialize' ? 0 : undefined);
    const who = await agent();
    const { id, partyId } = await talking(who);
    const uri = `ringcentral://telephony/sessions/${id}/parties/${partyId}`;
    await who.watch([uri]);
    const [leaving] = team.replicas.splice(0, 1);
    const stopped = leaving?.server.stop();
    for (let nth = 0; nth < 10; nth += 1) expect(await statesOf(who, id)).toContain('Answered');
    expect(await stopped).toBe(0);
    const before = who.news.length;
    await team.control.act(id, partyId, 'hold');
    await expect.poll(() => who.news.slice(before), soon).toContain(uri);
    // What was told first may be that the calls were read again by who leads now.
    await expect.poll(() => statesOf(who, id), soon).toContain('Hold');
  });

  it('a session that comes to another replica with nothing but its stream goes on being told', async () => {
    const who = await openSession(at(0).url);
    const id = await team.control.dial(outsider, alice);
    const { party } = await team.control.ringsAt('101');
    const uri = `ringcentral://telephony/sessions/${id}/parties/${party.id}`;
    await ask(at(0).url, { headers: who.headers, ...call('resources/subscribe', { uri }, 'watch') });
    await stream(at(0).url, { headers: who.headers });
    const [leaving] = team.replicas.splice(0, 1);
    expect(await leaving?.server.stop()).toBe(0);
    const told = await stream(at(0).url, { headers: who.headers });
    // That it may have changed; then that it has.
    await expect.poll(() => newsOf(told), soon).toContain(uri);
    await at(0).server.logged('this replica leads');
    const before = newsOf(told).length;
    await team.control.act(id, party.id, 'answer');
    await expect.poll(() => newsOf(told).slice(before), soon).toContain(uri);
    told.close();
  });

  it('a question that is open when its replica is stopped can be answered for a moment, then says that it ends', async () => {
    balancer.choose = (asked) => (asked === 'answer' ? 1 : 0);
    const who = await agent();
    const { id } = await talking(who);
    let answer = () => {};
    who.person.answer = (question) =>
      new Promise((resolve) => {
        answer = () => resolve(yes(question));
      });
    const end = () => who.call('delete_call_session', { telephonySessionId: id });

    const open = end();
    await expect.poll(() => who.questions.length, soon).toBe(1);
    const stopped = at(0).server.stop();
    await at(0).server.logged('shutting down');
    answer();
    const ended = await open;
    expect(ended.isError, ended.content[0]?.text).toBeFalsy();
    expect(await acts(id)).toHaveLength(1);
    expect(await stopped).toBe(0);
    team.replicas.shift();

    const { id: next } = await talking(who);
    const unanswered = who.call('delete_call_session', { telephonySessionId: next });
    await expect.poll(() => who.questions.length, soon).toBe(2);
    const stopping = at(0).server.stop();
    expect((await unanswered).content[0]?.text).toContain('is ending, and the question with it');
    expect(await stopping).toBe(0);
    team.replicas.shift();
    expect(await statesOf(who, next)).toContain('Answered');
    expect(await acts(next)).toEqual([]);
  });

  it('ends everywhere when its client ends it', async () => {
    const session = await openSession(at(0).url);
    expect((await ask(at(1).url, { method: 'DELETE', headers: session.headers })).status).toBe(200);
    for (const { url } of team.replicas) {
      const { body } = call('ping', {}, 'gone');
      expect((await ask(url, { headers: session.headers, body })).status).toBe(404);
    }
  });

  it('refuses what only looks as if a replica had passed it on', async () => {
    const session = await openSession(at(0).url);
    const forged = (key: Buffer) =>
      sealHop(
        [key],
        {
          ...{ to: 'somebody', method: 'POST', path: hopPaths.mcp, session: session.id },
          principal: { name: 'local', scopes: new Set(['calls:read']) },
          headers: session.headers,
          digest: digestOf(JSON.stringify(call('ping', {}, 'forged').body)),
        },
        systemClock,
      );
    const headers: Record<string, string>[] = [
      {},
      { [hopHeader]: 'x.y' },
      { [hopHeader]: forged(randomBytes(32)) },
    ];
    for (const { url } of team.replicas) {
      for (const one of headers) {
        const { status } = await ask(url, {
          path: hopPaths.mcp,
          headers: { ...session.headers, ...one },
          body: call('ping', {}, 'forged').body,
        });
        expect(status).toBe(401);
      }
    }
  });

  it('messages of HTTP+SSE reach the replica that has the stream, as long as it lives', async () => {
    const sse = at(0).url.replace('/mcp', '/sse');
    const opened = await stream(sse, {});
    const path = await opened.endpoint;
    const post = (place: number, body: object) => ask(at(place).url, { path, body });
    expect((await post(1, initialize('2024-11-05'))).status).toBe(202);
    await expect.poll(() => opened.messages.length, soon).toBe(1);
    expect((await post(2, { jsonrpc: '2.0', id: 1, method: 'ping' })).status).toBe(202);
    await expect.poll(() => opened.messages.length, soon).toBe(2);
    await at(0).kill();
    team.replicas.shift();
    await expect
      .poll(async () => (await post(0, { jsonrpc: '2.0', id: 2, method: 'ping' })).status, soon)
      .toBe(404);
  });
});

describe.skipIf(!hasRedis)(hasRedis ? 'sessions of several principals over replicas' : withoutRedis, () => {
  it('are nobody else’s, at any replica', async () => {
    const [alice, bob] = ['alice', 'bob'].map((name) => createKey(name, ['calls:read']));
    const team = await startReplicas({
      count: 3,
      env: { RC_MCP_KEYS: JSON.stringify([alice?.entry, bob?.entry]) },
    });
    onTestFinished(() => team.close());
    const bearer = (key = '') => ({ authorization: `Bearer ${key}` });
    const urls = team.replicas.map(({ url }) => url);
    const session = await openSession(urls[0] ?? '', '2025-11-25', bearer(alice?.key));
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    for (const url of urls) {
      const stolen = { ...session.headers, ...bearer(bob?.key) };
      expect((await ask(url, { headers: stolen, body: ping })).status).toBe(404);
      expect((await ask(url, { method: 'DELETE', headers: stolen })).status).toBe(404);
      expect((await ask(url, { method: 'GET', headers: stolen })).status).toBe(404);
    }
    for (const url of urls) {
      expect((await ask(url, { headers: session.headers, body: ping })).json.result).toEqual({});
    }
  });
});

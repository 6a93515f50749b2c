import { type IncomingMessage, request } from 'node:http';
import { Script } from 'node:vm';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Approvals } from '../../../src/guard/approvals/approvals.ts';
import { createApprovals } from '../../../src/guard/approvals/approvals.ts';
import { originRefusal } from '../../../src/guard/approvals/origin-check.ts';
import { script } from '../../../src/guard/approvals/page.ts';
import { hashPasscode, isPasscode } from '../../../src/guard/approvals/passcode.ts';
import type { PendingApproval } from '../../../src/guard/approvals/pending-approvals.ts';
import type { ManualClock } from '../../support/clock.ts';
import { manualClock } from '../../support/clock.ts';
import { hangUp, hold, inboundCall } from '../support/fake-ports.ts';
import { guardTestbed } from '../support/guard-testbed.ts';
import type { Era } from '../support/host.ts';
import { createHost, eras, failure } from '../support/host.ts';

const log = pino({ level: 'silent' });
const passcode = 'correct horse battery';
const mute = { isTTY: false, write: () => true };
let clock: ManualClock;
let approvals: Approvals;

beforeEach(async () => {
  clock = manualClock();
  const passcodeHash = await hashPasscode(passcode);
  approvals = await createApprovals({ host: '127.0.0.1', port: 0, passcodeHash, terminal: mute, clock, log });
});
afterEach(() => approvals.close());

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(new URL(path, approvals.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

async function logIn(): Promise<Record<string, string>> {
  const { token } = (await (await post('/login', { passcode })).json()) as { token: string };
  return { authorization: `Bearer ${token}` };
}

/** Lists of open questions as the page gets them, one at a time. */
async function* lists(headers: Record<string, string>): AsyncGenerator<PendingApproval[]> {
  const response = await fetch(new URL('/questions', approvals.url), { headers });
  let rest = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line);
  }
}

async function nextQuestion(headers: Record<string, string>): Promise<PendingApproval> {
  for await (const [question] of lists(headers)) if (question) return question;
  throw new Error('the stream ended');
}

function guarded(era: Era) {
  const all = guardTestbed({ operator: approvals.operator });
  all.ports.sessions.set('s-1', inboundCall('s-1'));
  return { ...all, host: createHost(era, all.guard) };
}

describe.each(eras)('the operator answers instead of a host of %s', (era) => {
  test.each([
    ['yes', 'permit'],
    ['declined', 'declined'],
  ])('%s → %s', async (answer, outcome) => {
    const operator = await logIn();
    const { host, guard } = guarded(era);
    expect((await guard.view('local')).asks).toBe('operator');
    const settled = host.authorize(hangUp('s-1')).then(
      ({ kind }) => kind,
      (error) => error.details.reason,
    );
    const question = await nextQuestion(operator);
    expect(question).toMatchObject({ tool: 'delete_call_session', principal: 'local', offersGrant: false });
    expect(question.message).toContain('+14155550199');
    expect((await post(`/questions/${question.id}`, { answer }, operator)).status).toBe(204);
    expect(await settled).toBe(outcome);
    expect((await post(`/questions/${question.id}`, { answer: 'yes' }, operator)).status).toBe(404);
  });

  test('nobody answers', async () => {
    const operator = await logIn();
    const { host, clock: guardClock } = guarded(era);
    const refusal = failure(host.authorize(hangUp('s-1')));
    await nextQuestion(operator);
    guardClock.advance(45_000);
    const { details, message } = await refusal;
    expect(details.reason).toBe('timed_out');
    expect(message).toContain(approvals.url);
    for await (const list of lists(operator)) {
      expect(list).toEqual([]);
      break;
    }
  });
});

test('a grant is taken only where one is offered', async () => {
  const operator = await logIn();
  const { host } = guarded('2025');
  const dropped = failure(host.authorize(hangUp('s-1')));
  const drop = await nextQuestion(operator);
  expect((await post(`/questions/${drop.id}`, { answer: 'grant' }, operator)).status).toBe(404);
  await post(`/questions/${drop.id}`, { answer: 'declined' }, operator);
  await dropped;
  const held = host.authorize(hold('s-1', 's-1-1'));
  const question = await nextQuestion(operator);
  expect(question.offersGrant).toBe(true);
  await post(`/questions/${question.id}`, { answer: 'grant' }, operator);
  await held;
  await host.authorize(hold('s-1', 's-1-1'));
});

describe('the stream of questions', () => {
  const ask = (message: string) =>
    approvals.operator.ask(
      { principal: 'ann', tool: 'a tool', message, offersGrant: false, askedAt: 0, expiresAt: 1 },
      new AbortController().signal,
    );

  test('says each list once, however long it is', async () => {
    const operator = await logIn();
    void ask('long '.repeat(20_000));
    const page = lists(operator);
    expect((await page.next()).value).toHaveLength(1);
    const next = page.next();
    // A repetition would come with what is read meanwhile.
    for (let turn = 0; turn < 5; turn += 1) await post('/questions/none', { answer: 'yes' }, operator);
    void ask('short');
    expect((await next).value).toHaveLength(2);
    await page.return(undefined);
  });

  test('takes a hundred questions, and refuses more in words', async () => {
    for (let n = 0; n < 100; n += 1) void ask(`question ${n}`);
    const refusal = await failure(ask('one more'));
    expect(refusal).toMatchObject({ kind: 'rate_limited', details: { retryAfterSeconds: 45 } });
  });

  test('shows long principals that begin alike as two', async () => {
    const operator = await logIn();
    const long = `user:${'a'.repeat(255)}`;
    for (const end of ['one.example', 'two.example']) {
      const question = { principal: `${long}@${end}`, tool: 'a tool', message: 'm', offersGrant: false };
      void approvals.operator.ask({ ...question, askedAt: 0, expiresAt: 1 }, new AbortController().signal);
    }
    const page = lists(operator);
    const shown = (await page.next()).value as PendingApproval[];
    expect(new Set(shown.map(({ principal }) => principal)).size).toBe(2);
    await page.return(undefined);
  });

  test('shows a principal, whom an issuer named, without what could mislead', async () => {
    const operator = await logIn();
    void approvals.operator.ask(
      {
        principal: '\u202Eanna <b>',
        tool: 'a tool',
        message: '',
        offersGrant: false,
        askedAt: 0,
        expiresAt: 1,
      },
      new AbortController().signal,
    );
    const page = lists(operator);
    expect((await page.next()).value).toMatchObject([{ principal: 'anna b' }]);
    await page.return(undefined);
  });

  test('ends with the login that it was opened with', async () => {
    const operator = await logIn();
    const page = lists(operator);
    await page.next();
    clock.advance(12 * 60 * 60_000);
    void ask('not for this page any more');
    expect(await page.next()).toEqual({ done: true, value: undefined });
  });
});

describe('the origin check', () => {
  /** fetch does not let a test set Host. */
  const get = (path: string, headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const { hostname, port } = new URL(approvals.url);
      request({ hostname, port, path, headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });

  test.each<[Record<string, string>]>([
    [{ host: 'evil.example' }],
    [{ host: 'evil.example:8801' }],
    [{ host: '127.0.0.1.evil.example' }],
    [{ host: '192.168.1.5' }],
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ origin: 'http://127.0.0.1:1' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ forwarded: 'for=1.2.3.4' }],
    [{ 'x-forwarded-for': '1.2.3.4' }],
    [{ 'x-forwarded-host': 'evil.example' }],
    [{ via: '1.1 tunnel' }],
  ])('turns away %j', async (headers) => {
    expect(await get('/', headers)).toBe(403);
  });

  test.each(['127.0.0.1', '127.0.0.2', '::1', 'localhost'])(
    'turns forwarded requests away wherever on loopback it listens (%s)',
    (boundTo) => {
      const headers = { host: '127.0.0.1:8801', 'x-forwarded-for': '1.2.3.4' };
      expect(originRefusal({ headers } as unknown as IncomingMessage, { boundTo })).toContain('Forwarded');
    },
  );

  describe('behind a proxy that --approvals-url names', () => {
    const publicUrl = 'https://approvals.example.com';
    const forwarded = { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'https', via: '1.1 Caddy' };
    const through = (headers: Record<string, string>, boundTo = '127.0.0.1') =>
      originRefusal({ headers } as unknown as IncomingMessage, { boundTo, publicUrl });

    test.each<[Record<string, string>]>([
      [{}],
      [{ origin: publicUrl, 'sec-fetch-site': 'same-origin' }],
      [{ 'sec-fetch-site': 'none' }],
    ])('lets in what comes under that name: %j', (headers) => {
      for (const host of ['approvals.example.com', 'Approvals.Example.com']) {
        expect(through({ host, ...forwarded, ...headers })).toBeUndefined();
        expect(through({ host, ...forwarded, ...headers }, '0.0.0.0')).toBeUndefined();
      }
    });

    test.each<[Record<string, string>]>([
      [{ host: 'evil.example' }],
      [{ host: 'approvals.example.com.evil.example' }],
      [{ host: 'approvals.example.com:8443' }],
      [{ host: '127.0.0.1:8801' }],
      [{ host: 'approvals.example.com', origin: 'https://evil.example' }],
      [{ host: 'approvals.example.com', origin: 'http://approvals.example.com' }],
      [{ host: 'approvals.example.com', 'sec-fetch-site': 'same-site' }],
    ])('turns away %j', (headers) => {
      expect(through({ ...forwarded, ...headers })).toBeDefined();
    });

    test('lets in the machine itself under its own names', () => {
      expect(through({ host: '127.0.0.1:8801' })).toBeUndefined();
    });
  });

  test('lets in its own page under each of its names', async () => {
    const at = new URL(approvals.url).port;
    for (const host of [`127.0.0.1:${at}`, `localhost:${at}`, `[::1]:${at}`]) {
      const own = { host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' };
      expect(await get('/', own)).toBe(200);
    }
  });
});

describe('without a login', () => {
  test.each<[Record<string, string>]>([
    [{}],
    [{ authorization: 'Bearer wrong' }],
    [{ authorization: 'Basic b3A6b3A=' }],
    [{ cookie: 'token=x' }],
  ])('nothing is seen or answered with %j', async (headers) => {
    expect((await fetch(new URL('/questions', approvals.url), { headers })).status).toBe(401);
    expect((await post('/questions/abc', { answer: 'yes' }, headers)).status).toBe(401);
  });

  test('a wrong passcode opens nothing, and however many are tried, the right one gets in', async () => {
    for (let time = 0; time < 5; time += 1) {
      expect((await post('/login', { passcode: `guess ${time}` })).status).toBe(401);
    }
    expect((await post('/login', { passcode: 'guess 6' })).status).toBe(429);
    expect((await post('/login', { passcode })).status).toBe(200);
    clock.advance(60_000);
    expect((await post('/login', { passcode: 'guess 7' })).status).toBe(401);
  });

  test('the right passcode gets in while somebody at the same address guesses', async () => {
    const guesses = Array.from({ length: 40 }, (_, n) => post('/login', { passcode: `guess ${n}` }));
    expect((await post('/login', { passcode })).status).toBe(200);
    for (const guess of guesses) expect([401, 429]).toContain((await guess).status);
  });

  test('a body over the limit is refused, and the page goes on', async () => {
    for (const length of [5_000, 3_000_000]) {
      expect((await post('/login', { passcode, filler: 'x'.repeat(length) })).status).toBe(400);
    }
    expect((await post('/login', { passcode })).status).toBe(200);
  });

  test('a form of another page cannot log in: JSON alone is read', async () => {
    const response = await post('/login', { passcode }, { 'content-type': 'text/plain' });
    expect(response.status).toBe(400);
  });

  test('a login ends after twelve hours', async () => {
    const operator = await logIn();
    clock.advance(12 * 60 * 60_000);
    expect((await post('/questions/abc', { answer: 'yes' }, operator)).status).toBe(401);
  });
});

describe('the page', () => {
  test('cannot be framed, loads nothing foreign and runs no inline script', async () => {
    const response = await fetch(approvals.url);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('x-frame-options')).toBe('DENY');
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(await response.text()).not.toMatch(/<script>|onclick|style=/);
  });

  test('has a script that parses and never writes markup', () => {
    expect(() => new Script(script)).not.toThrow();
    expect(script).not.toMatch(/innerHTML|insertAdjacent|document\.write|eval/);
  });
});

describe('the passcode', () => {
  const options = () => ({ host: '127.0.0.1', port: 0, clock, log });

  test('is made up and printed only on a terminal', async () => {
    const printed: string[] = [];
    const terminal = { isTTY: true, write: (text: string) => printed.push(text) };
    const page = await createApprovals({ ...options(), terminal });
    await page.close();
    expect(printed.join('')).toMatch(/^Passcode of the approvals page: (\w{4}-){3}\w{4}\n$/);
    const refusal = await failure(createApprovals({ ...options(), terminal: mute }));
    expect(refusal.message).toContain('RC_MCP_APPROVALS_PASSCODE_HASH');
  });

  test('opens by what its hash was made from, and by nothing else', async () => {
    const hash = await hashPasscode(passcode);
    expect(await isPasscode(passcode, hash)).toBe(true);
    expect(await isPasscode('a guess', hash)).toBe(false);
  });

  test('is refused as hash when it is none', async () => {
    const refusal = await failure(createApprovals({ ...options(), terminal: mute, passcodeHash: 'hunter2' }));
    expect(refusal.message).not.toContain('hunter2');
  });

  test('an address that is taken is told', async () => {
    const port = Number(new URL(approvals.url).port);
    const passcodeHash = await hashPasscode(passcode);
    const refusal = await failure(createApprovals({ ...options(), port, terminal: mute, passcodeHash }));
    expect(refusal.message).toContain('EADDRINUSE');
  });
});

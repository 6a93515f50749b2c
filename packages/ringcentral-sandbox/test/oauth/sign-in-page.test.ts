import { beforeEach, describe, expect, it } from 'vitest';
import { type Json, openSandbox, type Reply, type TestSandbox } from '../support.ts';

const REDIRECT = 'http://127.0.0.1:9999/callback';

let sandbox: TestSandbox;
beforeEach(async () => {
  sandbox = await openSandbox();
});

const request = (changed: Record<string, string> = {}) =>
  new URLSearchParams({
    response_type: 'code',
    client_id: sandbox.clientId,
    redirect_uri: REDIRECT,
    state: 'a&b<c>',
    ...changed,
  });

const page = async (changed?: Record<string, string>) =>
  (await sandbox.fetch(`/restapi/oauth/authorize?${request(changed)}`)).body as string;

/** Sends the page's form, as it would be with these fields beside the hidden ones. */
const submit = (fields: Record<string, string>, changed?: Record<string, string>): Promise<Reply> =>
  sandbox.fetch('/restapi/oauth/authorize', {
    method: 'POST',
    body: new URLSearchParams([...request(changed), ...Object.entries(fields)]),
  });

const redirectOf = ({ status, headers }: Reply) => {
  expect(status).toBe(302);
  return new URL(headers.get('location') ?? '');
};

const redeem = (redirect: URL) =>
  sandbox.oauth('token', {
    grant_type: 'authorization_code',
    code: redirect.searchParams.get('code') ?? '',
    redirect_uri: REDIRECT,
  });

async function extension(number: string): Promise<Json> {
  const { extensions } = await sandbox.state();
  return extensions.find(({ extensionNumber }: Json) => extensionNumber === number);
}

const expectErrorPage = (reply: Reply, status: number, code: string) => {
  expect(reply.status).toBe(status);
  expect(reply.headers.get('location')).toBeNull();
  expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(reply.body).toContain(code);
};

describe('who signs in', () => {
  it('is one of the account’s users, 101 at first', async () => {
    const html = await page();
    const options = [...html.matchAll(/<option value="(\d+)"( selected)?>([^<]*)</g)].map(
      ([, number, selected, text]) => `${number}${selected ? '*' : ''} ${text}`,
    );
    expect(options).toEqual([
      '101* Alice Admin, extension 101',
      '102 Bob Brown, extension 102',
      '103 Carol Clark, extension 103',
      '104 Dan Davis, extension 104',
    ]);
  });

  it.each(['extensionNumber', 'extensionId'])('is whom the form names by %s', async (field) => {
    const { id } = await extension('103');
    const redirect = redirectOf(await submit({ [field]: field === 'extensionId' ? id : '103', allow: '' }));
    expect(redirect.searchParams.get('state')).toBe('a&b<c>');
    expect((await redeem(redirect)).body.owner_id).toBe(id);
  });

  it('is 101 where the form names nobody', async () => {
    const { body } = await redeem(redirectOf(await submit({})));
    expect(body.owner_id).toBe((await extension('101')).id);
  });

  it.each([
    ['nobody', { extensionNumber: '999' }],
    ['somebody’s direct number', { extensionNumber: '+12055550102' }],
    ['a queue', { extensionNumber: '200' }],
    ['an unknown id', { extensionId: '1' }],
  ])('cannot be %s', async (_, fields) => {
    expectErrorPage(await submit({ ...fields, allow: '' }), 400, 'OAU-232');
  });

  it('works without a script, and reads nothing from elsewhere', async () => {
    const { body, headers } = await sandbox.fetch(`/restapi/oauth/authorize?${request()}`);
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(body.match(/<form/g)).toHaveLength(1);
    expect(body).not.toMatch(/<script|<link|<img|style=/);
    expect(body).toMatch(/<label for="who">[^<]+<\/label>\s*<select id="who" name="extensionNumber">/);
    expect(body.match(/<button type="submit" name="(allow|deny)"/g)).toHaveLength(2);
  });

  it('is not decided by what the app writes into the URL', async () => {
    const html = await page({ extensionNumber: '103', extensionId: '1', deny: '' });
    expect(html).not.toMatch(/<input[^>]*name="(extensionNumber|extensionId|allow|deny)"/);
  });
});

it('a refusal goes back to the app with access_denied and the state, and without a code', async () => {
  const redirect = redirectOf(await submit({ extensionNumber: '102', deny: '' }));
  expect(redirect.origin + redirect.pathname).toBe(REDIRECT);
  expect(Object.fromEntries(redirect.searchParams)).toEqual({
    error: 'access_denied',
    error_description: expect.any(String),
    state: 'a&b<c>',
  });
});

describe('somebody who is locked', () => {
  it.each(['Disabled', 'Frozen', 'NotActivated', 'Unassigned'])(
    'is shown as such, and gets a page that says so: %s',
    async (status) => {
      await sandbox.control('PATCH', '/extensions/102', { status });
      expect(await page()).toContain('>Bob Brown, extension 102 (locked)<');
      expectErrorPage(await submit({ extensionNumber: '102', allow: '' }), 400, 'OAU-236');
      await sandbox.control('PATCH', '/extensions/102', { status: 'Enabled' });
      expect(await page()).toContain('>Bob Brown, extension 102<');
      redirectOf(await submit({ extensionNumber: '102', allow: '' }));
    },
  );

  it('is everybody where the account is disabled', async () => {
    await sandbox.control('PATCH', '/account', { status: 'Disabled' });
    expect((await page()).match(/\(locked\)</g)).toHaveLength(4);
    expectErrorPage(await submit({ extensionNumber: '102', allow: '' }), 400, 'OAU-147');
  });

  it('can refuse all the same', async () => {
    await sandbox.control('PATCH', '/extensions/102', { status: 'Disabled' });
    const redirect = redirectOf(await submit({ extensionNumber: '102', deny: '' }));
    expect(redirect.searchParams.get('error')).toBe('access_denied');
  });

  it('in the minute between code and token gets no token', async () => {
    const redirect = redirectOf(await submit({ extensionNumber: '102', allow: '' }));
    await sandbox.control('PATCH', '/extensions/102', { status: 'Disabled' });
    expect((await redeem(redirect)).body).toMatchObject({
      error: 'invalid_grant',
      errors: [{ errorCode: 'OAU-236' }],
    });
  });
});

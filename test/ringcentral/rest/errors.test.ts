import { describe, expect, it } from 'vitest';
import { readErrorBody } from '../../../src/ringcentral/rest/error-body.ts';
import { toFailure } from '../../../src/ringcentral/rest/errors.ts';
import { HttpError } from '../../../src/ringcentral/rest/http-error.ts';
import { HttpHeaders } from '../../../src/ringcentral/rest/http-headers.ts';
import { HttpResponse } from '../../../src/ringcentral/rest/http-message.ts';
import { NetworkError } from '../../../src/ringcentral/rest/network-error.ts';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): HttpError => {
  const all = new HttpHeaders();
  for (const [name, value] of Object.entries(headers)) all.set(name, value);
  return new HttpError(new HttpResponse(status, all, typeof body === 'string' ? body : JSON.stringify(body)));
};
const hold = { what: 'Hold call party', acting: true };
const read = { what: 'Read call', acting: false };

describe('readErrorBody', () => {
  it('prefers the list over the top level, where the code may be a word', () => {
    const body = {
      errorCode: 'InsufficientPermissions',
      message: 'top',
      errors: [{ errorCode: 'CMN-408', message: 'In order to call this, user needs [ReadCompanyCallLog]' }],
    };
    expect(readErrorBody(JSON.stringify(body))).toEqual({
      code: 'CMN-408',
      message: 'In order to call this, user needs [ReadCompanyCallLog]',
      parameter: undefined,
      permission: 'ReadCompanyCallLog',
    });
  });
  it('reads the top-level pair alone', () => {
    expect(readErrorBody('{"errorCode":"TAS-102","message":"Incorrect State"}')).toMatchObject({
      code: 'TAS-102',
    });
  });
  it('reads OAuth errors', () => {
    expect(readErrorBody('{"error":"invalid_grant","error_description":"Token expired"}')).toMatchObject({
      code: 'invalid_grant',
      message: 'Token expired',
    });
  });
  it.each(['', '<html>Bad Gateway</html>', 'null', '[]', '{"errors":"no"}'])('survives %j', (text) => {
    expect(readErrorBody(text).code).toBeUndefined();
  });
});

describe('explain', () => {
  it.each([
    [409, 'TAS-102', 'wrong_state'],
    [403, 'TAS-101', 'wrong_state'],
    [403, 'TAS-106', 'forbidden'],
    [404, 'CMN-102', 'not_found'],
    [400, 'CMN-102', 'not_found'],
    [400, 'CMN-101', 'invalid_input'],
    [403, 'CMN-401', 'forbidden'],
    [429, 'CMN-301', 'rate_limited'],
    [503, 'CMN-201', 'unavailable'],
    [401, 'OAU-213', 'forbidden'],
    [400, 'OAU-153', 'forbidden'],
    [403, 'TAS-999', 'forbidden'],
    [409, 'TAS-999', 'wrong_state'],
  ] as const)('%i %s is %s', (status, errorCode, kind) => {
    const failure = toFailure(answer(status, { errorCode, message: 'x' }), hold);
    expect(failure.kind).toBe(kind);
    expect(failure.details.errorCode).toBe(errorCode);
  });

  it('keeps the request id and names the parameter', () => {
    const body = { errors: [{ errorCode: 'CMN-102', message: 'x', parameterName: 'partyId' }] };
    const { details, message } = toFailure(answer(404, body, { RCRequestId: 'abc' }), hold);
    expect(details).toMatchObject({ requestId: 'abc', parameter: 'partyId' });
    expect(message).toContain('partyId');
  });

  it.each([
    [404, 'CMN-102', 'calls'],
    [409, 'TAS-102', 'call'],
    [403, 'TAS-106', 'call'],
    [400, 'CMN-101', undefined],
    [503, 'CMN-201', undefined],
  ] as const)('says of %i %s what is in doubt, and names no tool', (status, errorCode, inDoubt) => {
    const { details } = toFailure(answer(status, { errorCode, message: 'x' }), hold);
    expect(details.inDoubt).toBe(inDoubt);
    expect(details.next).toBeUndefined();
  });

  it('says of a lost answer what shows whether it was done', () => {
    expect(toFailure(answer(502, ''), hold).details.inDoubt).toBe('calls');
    expect(toFailure(answer(502, ''), { ...hold, inDoubt: 'call' }).details.inDoubt).toBe('call');
  });

  it('says how long to wait', () => {
    expect(toFailure(answer(429, ''), hold, 29.2).message).toContain('in 30 s');
  });

  it('names a missing permission and where it is switched on', () => {
    const body = {
      errors: [{ errorCode: 'CMN-401', message: 'application needs to have [CallControl] permission' }],
    };
    const { message } = toFailure(answer(403, body), hold);
    expect(message).toContain('CallControl');
    expect(message).toContain('developer console');
  });

  it('leaves an action unknown when a server or proxy gave up on it, not when it refused it', () => {
    expect(toFailure(answer(502, '<html>'), hold).kind).toBe('unknown_outcome');
    expect(toFailure(answer(500, { errorCode: 'CMN-203' }), hold).kind).toBe('unknown_outcome');
    for (const status of [408, 520, 524, 599]) {
      expect(toFailure(answer(status, ''), hold).kind).toBe('unknown_outcome');
    }
    expect(toFailure(answer(501, ''), hold).kind).toBe('forbidden');
    expect(toFailure(answer(503, ''), hold).kind).toBe('unavailable');
    expect(toFailure(answer(502, '<html>'), read).kind).toBe('unavailable');
  });

  it('leaves an action unknown when its answer is lost, unless it never left', () => {
    expect(toFailure(new NetworkError('timed-out', 'no answer within 10 s', true), hold).kind).toBe(
      'unknown_outcome',
    );
    expect(toFailure(new NetworkError('broken', 'ECONNREFUSED', false), hold).kind).toBe('unavailable');
    expect(toFailure(new NetworkError('broken', 'ECONNRESET', true), read).kind).toBe('unavailable');
  });

  it("quotes the platform's words in one short line only", () => {
    const { message } = toFailure(answer(403, { errorCode: 'X', message: `a"\n${'b'.repeat(999)}` }), hold);
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThan(250);
  });
});

import { describe, expect, it } from 'vitest';
import { fromClose, fromErrorFrame, fromStatus } from '../../../src/ringcentral/feed/feed-fault.ts';

describe('what stands in the way of the feed', () => {
  it.each([
    [401, '', 'refused'],
    [403, '', 'refused'],
    [403, '{"errorCode":"SUB-528"}', 'denied'],
    [403, '{"errors":[{"errorCode":"CMN-401","permissionName":"CallControl"}]}', 'denied'],
    [403, '{"errorCode":"CMN-408","permissionName":"ReadPresenceStatus"}', 'denied'],
    [429, '{"errorCode":"CMN-301"}', 'passing'],
    [500, '', 'passing'],
    [502, '<html>', 'passing'],
    [503, '', 'passing'],
  ] as const)('an answer %i %s is %s', (status, body, kind) => {
    expect(fromStatus(status, 'Subscribe', body).kind).toBe(kind);
  });
  it('keeps how long to wait, and knows how long when it is not said', () => {
    expect(fromStatus(503, 'x', '', [['Retry-After', '7']]).retryAfterSeconds).toBe(7);
    expect(fromStatus(429, 'x').retryAfterSeconds).toBe(60);
  });
  it.each([
    [1000, 'passing'],
    [1006, 'passing'],
    [4400, 'refused'],
    [4999, 'passing'],
  ] as const)('close code %i is %s', (code, kind) => {
    expect(fromClose(code).kind).toBe(kind);
  });
  it.each([
    [{ code: 'WSG-902' }, 'passing', 'idle'],
    [{ code: 'WSG-903' }, 'passing', 'age'],
    [{ code: 'OAU-213' }, 'refused', 'token'],
    [{ code: 'SUB-528', message: 'no' }, 'denied', 'no'],
    [{}, 'passing', 'no code'],
  ] as const)('an Error frame %j is %s', (body, kind, words) => {
    expect(fromErrorFrame(body)).toMatchObject({ kind, message: expect.stringContaining(words) });
  });
});

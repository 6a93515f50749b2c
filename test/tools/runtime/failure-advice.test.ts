import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../src/ringcentral/rest/errors.ts';
import { HttpError } from '../../../src/ringcentral/rest/http-error.ts';
import { HttpHeaders } from '../../../src/ringcentral/rest/http-headers.ts';
import { HttpResponse } from '../../../src/ringcentral/rest/http-message.ts';
import type { Doubt } from '../../../src/shared/failure.ts';
import { withAdvice } from '../../../src/tools/runtime/failure-advice.ts';

/** What an agent is told of a refusal of the platform, beside kind and message. */
function told(status: number, errorCode: string, parameterName?: string, inDoubt?: Doubt) {
  const body = JSON.stringify({ errors: [{ errorCode, message: 'x', parameterName }] });
  const error = new HttpError(new HttpResponse(status, new HttpHeaders(), body));
  return withAdvice(toFailure(error, { what: 'Hold call party', acting: true, inDoubt }).details);
}

describe('what helps after a refusal of the platform', () => {
  it('is the tool that knows the right values', () => {
    expect(told(404, 'CMN-102', 'deviceId').next).toEqual(['list_devices']);
    expect(told(400, 'CMN-101', 'callFlipId').next).toEqual(['list_call_flip_numbers']);
    expect(told(400, 'CMN-101', 'to.extensionNumber').next).toEqual(['find_extensions']);
  });

  it.each([
    [404, 'CMN-102', 'telephonySessionId', 'list_active_calls'],
    [404, 'CMN-120', undefined, 'list_active_calls'],
    [404, 'XXX-1', undefined, 'list_active_calls'],
    [409, 'TAS-102', undefined, 'read_call_session_status'],
    [409, 'TAS-102', 'partyId', 'read_call_session_status'],
    [403, 'TAS-106', undefined, 'read_call_session_status'],
  ])('of %i %s for %s is a look at what is in doubt', (status, errorCode, parameter, tool) => {
    expect(told(status, errorCode, parameter).next).toEqual([tool]);
  });

  it('is to look whether it was done, where the answer was lost', () => {
    expect(told(502, 'CMN-203').next).toEqual(['list_active_calls']);
    expect(told(502, 'CMN-203', undefined, 'call').next).toEqual(['read_call_session_status']);
  });

  it('is nothing where no tool helps', () => {
    expect(told(403, 'CMN-402')).not.toHaveProperty('next');
    expect(told(503, 'CMN-201')).not.toHaveProperty('next');
  });

  it('is left to whoever said it already, and what it was chosen by is not told', () => {
    expect(withAdvice({ inDoubt: 'calls', next: ['answer_call_party'] })).toEqual({
      next: ['answer_call_party'],
    });
    expect(told(404, 'CMN-102')).not.toHaveProperty('inDoubt');
  });

  it('is not guessed for a parameter that the platform did not refuse', () => {
    expect(withAdvice({ parameter: 'extensionId' })).toEqual({ parameter: 'extensionId' });
  });
});

import { describe, expect, it } from 'vitest';
import type { Deed } from '../../chaos/agents.ts';
import { actsAtPlatform, judgeAudit, judgeKeys, judgeYeses } from '../../chaos/judges/acts.ts';
import { judgeWaits } from '../../chaos/judges/waits.ts';
import type { Audited } from '../../chaos/place.ts';

const call = 's-1';
const ended = (status: number | null) => ({
  ...{ seq: 1, time: '', method: 'DELETE', status },
  path: `/restapi/v1.0/account/~/telephony/sessions/${call}`,
});
const intent: Audited = {
  ...{ event: 'intent', act: 'a', tool: 'delete_call_session', args: { telephonySessionId: call } },
  ...{ rule: 'standard: destructive, own', answer: 'yes' },
};
const observed: Audited = { event: 'outcome', act: 'a', result: 'observed' };
const deed = (yeses: number): Deed => ({
  ...{ tool: 'delete_call_session', telephonySessionId: call, outcome: 'observed', yeses },
});

describe('of acts', () => {
  const once = actsAtPlatform([ended(204)]);

  it('one that is audited and was agreed to is right', () => {
    expect([...judgeAudit(once, [intent, observed]), ...judgeYeses(once, [deed(1)], [intent])]).toEqual([]);
  });

  it.each([
    ['without an intent', judgeAudit(once, [])],
    ['twice for one intent', judgeAudit(actsAtPlatform([ended(204), ended(204)]), [intent])],
    [
      'twice, with the second answer cut off',
      judgeAudit(actsAtPlatform([ended(204), ended(null)]), [intent]),
    ],
    ['said to be done, and never sent', judgeAudit(actsAtPlatform([ended(503)]), [intent, observed])],
    ['that nobody said yes to', judgeYeses(once, [deed(0)], [intent])],
    ['whose intent has no answer', judgeYeses(new Map(), [deed(1)], [{ ...intent, answer: 'no' }])],
    [
      'of a plan that nobody said yes to',
      judgeYeses(new Map(), [], [{ ...intent, rule: 'standard: own', plan: 'b' }]),
    ],
    ['twice with one yes', judgeYeses(actsAtPlatform([ended(204), ended(204)]), [deed(1)], [intent, intent])],
  ])('one %s is found', (_, found) => {
    expect(found).toHaveLength(1);
  });

  it('a number that is called twice is found', () => {
    const body = { to: { phoneNumber: '+12125551000' } };
    const path = '/restapi/v1.0/account/~/telephony/call-out';
    const placed = { seq: 1, time: '', method: 'POST', path, status: 201, body };
    expect(judgeKeys(actsAtPlatform([placed]), [body.to.phoneNumber])).toEqual([]);
    expect(judgeKeys(actsAtPlatform([placed, placed]), [body.to.phoneNumber])).toHaveLength(1);
  });
});

describe('of waits', () => {
  const at = Date.parse('2026-11-02T10:00:00Z');
  const change = { at, telephonySessionId: call, partyId: 'p-1', status: 'Hold' };
  const heard = { since: at - 60_000, events: new Map<string, string>(), lost: [], twice: [], answers: [] };

  it('a change that nobody was told of is found', () => {
    expect(judgeWaits([heard], [change])).toHaveLength(1);
  });

  it.each([
    ['that was told', { ...heard, events: new Map([['p-1 Hold', '']]) }],
    ['that was called lost', { ...heard, lost: [{ from: at - 1_000, to: at + 1_000 }] }],
    ['from before the first cursor', { ...heard, since: at + 1 }],
  ])('one %s is right', (_, waiter) => {
    expect(judgeWaits([waiter], [change])).toEqual([]);
  });

  it('a change that nobody was told of, because the platform lost it, is right; one that a single waiter missed is not', () => {
    expect(judgeWaits([heard, heard], [change], 1)).toEqual([]);
    const told = { ...heard, events: new Map([['p-1 Hold', '']]) };
    expect(judgeWaits([heard, told], [change], 1)).toHaveLength(1);
  });

  it('an event that came twice is found', () => {
    expect(judgeWaits([{ ...heard, twice: ['7 p-1 Hold'] }], [])).toHaveLength(1);
  });
});

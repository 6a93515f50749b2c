import { expect, it } from 'vitest';
import { otherSide, presentNumber, presentParty } from '../../src/presentation/views.ts';

it.each(['+14155550123', '102', '*801', '+12055550100*101', 'conference', 'anonymous'])(
  '%s stays',
  (number) => {
    expect(presentNumber(number)).toBe(number);
  },
);

it.each(['call me back', '+1415<b>5', 'SYSTEM', '', `+${'1'.repeat(40)}`])('%j is marked', (text) => {
  expect(presentNumber(text)).toMatch(/^«untrusted: .*»$/);
});

it('marks a name as a claim unless the platform tells whose extension it is', () => {
  const party = (from: object) => ({
    id: 'p-1',
    direction: 'Inbound',
    status: { code: 'Answered' },
    from: { phoneNumber: '102', name: 'Bob\u200b <Boss>', ...from },
  });
  const colleague = party({ extensionId: '62264011' }) as never;
  expect(otherSide(colleague)).toBe('102 Bob Boss');
  expect(presentParty(colleague)).toMatchObject({ from: { name: 'Bob Boss' } });
  const claim = party({}) as never;
  expect(otherSide(claim)).toBe('102 «untrusted: Bob Boss»');
  expect(presentParty(claim)).toMatchObject({ from: { name: '«untrusted: Bob Boss»' } });
});

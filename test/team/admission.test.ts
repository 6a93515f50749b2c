import { expect, test } from 'vitest';
import { createAdmission } from '../../src/team/admission.ts';
import type { SignedInExtension } from '../../src/team/ringcentral-oauth.ts';

const bob: SignedInExtension = {
  accountId: '1001',
  extensionId: '200102',
  extensionNumber: '102',
  name: 'Bob Brown',
  type: 'User',
  status: 'Enabled',
};

test('people of a configured account are let in', () => {
  expect(createAdmission({ accounts: ['1001', '1002'] }).refusal(bob)).toBeUndefined();
});

test.each<[string, Partial<SignedInExtension>, RegExp]>([
  ['another account', { accountId: '1003' }, /account is not one that this server lets in/],
  ['a disabled extension', { status: 'Disabled' }, /not enabled/],
  ['an extension that was never activated', { status: 'NotActivated' }, /not enabled/],
  ['a lobby phone', { type: 'Limited' }, /of the type Limited/],
  ['an extension of no type', { type: '' }, /of the type unknown/],
])('%s is not', (_, different, reason) => {
  expect(createAdmission({ accounts: ['1001'] }).refusal({ ...bob, ...different })).toMatch(reason);
});

test.each(['102', '200102'])('of named people %s is let in and nobody else', (named) => {
  const admission = createAdmission({ accounts: ['1001'], named: [named] });
  expect(admission.refusal(bob)).toBeUndefined();
  const carol = { ...bob, extensionId: '200103', extensionNumber: '103' };
  expect(admission.refusal(carol)).toMatch(/extension is not one/);
  expect(admission.refusal({ ...bob, accountId: '1003' })).toMatch(/account is not one/);
});

test('a list that is empty or holds no number is refused', () => {
  expect(() => createAdmission({ accounts: [] })).toThrow('RC_MCP_ACCOUNTS is empty');
  expect(() => createAdmission({ accounts: ['~'] })).toThrow('RC_MCP_ACCOUNTS has "~"');
  expect(() => createAdmission({ accounts: ['1'], named: [] })).toThrow('RC_MCP_PEOPLE is empty');
  expect(() => createAdmission({ accounts: ['1'], named: ['Bob'] })).toThrow('RC_MCP_PEOPLE has "Bob"');
});

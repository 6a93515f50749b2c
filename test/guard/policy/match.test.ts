import { expect, test } from 'vitest';
import type { ResolvedTarget } from '../../../src/guard/assessment/targets/target.ts';
import { decide } from '../../../src/guard/policy/decide.ts';
import { resolvingFor } from '../../../src/guard/policy/match.ts';
import type { Policy, TargetRule } from '../../../src/guard/policy/policy.ts';
import { presets } from '../../../src/guard/policy/presets.ts';
import { action } from '../support/fake-ports.ts';

const policy = (...targets: TargetRule[]): Policy => ({ ...presets.trusted, targets });
const act = action('transfer_call_party', 'redirect');
const bob: ResolvedTarget = {
  ...{ reach: 'inside', shown: 'extension 102', identity: 'extension:2', own: false },
  ...{ extensionNumber: '102', extensionId: '2', type: 'User' },
  numbers: [
    { phoneNumber: '+12055550102', country: 'US' },
    { phoneNumber: '+442079460102', country: 'GB' },
  ],
};
const members = { extensions: ['2', '102'], numbers: bob.numbers };
const queue: ResolvedTarget = {
  ...{ reach: 'inside', shown: 'extension 200', identity: 'extension:3', own: false, numbers: [] },
  ...{ extensionNumber: '200', type: 'Department', members },
};
const stranger: ResolvedTarget = {
  ...{ reach: 'outside', shown: '+14155550199', identity: 'number:+14155550199', own: false },
  ...{ phoneNumber: '+14155550199', numbers: [{ phoneNumber: '+14155550199', country: 'US' }] },
};
const verdict = (rule: TargetRule, target: ResolvedTarget) =>
  decide(policy(rule), act, { another: false, joined: false, targets: [target] }).verdict;

test('a rule sees every name of a destination', () => {
  for (const to of [
    { extension: '102' },
    { number: '+12055550102' },
    { prefix: '+4420' },
    { country: 'GB' },
  ]) {
    expect(verdict({ to, verdict: 'deny' }, bob)).toBe('deny');
  }
  expect(verdict({ to: { number: '+12055550102', country: 'GB' }, verdict: 'deny' }, bob)).toBe('allow');
});

test('a rule that asks or denies means the queues of an extension, one that allows does not', () => {
  for (const to of [
    { extension: '102' },
    { number: '+12055550102' },
    { prefix: '+4420' },
    { country: 'GB' },
  ]) {
    expect(verdict({ to, verdict: 'deny' }, queue)).toBe('deny');
    expect(verdict({ to, verdict: 'ask' }, { ...queue, members: 'unknown' })).toBe('ask');
    const strict: Policy = { ...presets.cautious, targets: [{ to, verdict: 'allow' }] };
    expect(decide(strict, act, { another: false, joined: false, targets: [queue] }).verdict).toBe('ask');
  }
  for (const to of [{ extension: '103' }, { number: '+12055550103' }, { prefix: '+33' }]) {
    expect(verdict({ to, verdict: 'deny' }, queue)).toBe('allow');
  }
});

test('what could not be looked up may be anybody, for a rule that asks or denies', () => {
  const unknown = { ...stranger, unknown: true as const };
  for (const to of [{ extension: '102' }, { own: true }]) {
    expect(verdict({ to, verdict: 'deny' }, unknown)).toBe('deny');
    expect(verdict({ to, verdict: 'deny' }, stranger)).toBe('allow');
  }
  expect(verdict({ to: { country: 'GB' }, verdict: 'deny' }, { ...unknown, numbers: [] })).toBe('deny');
  const cautious: Policy = { ...presets.cautious, targets: [{ to: { extension: '102' }, verdict: 'allow' }] };
  expect(decide(cautious, act, { another: false, joined: false, targets: [unknown] }).verdict).toBe('ask');
});

test('what is unusual is asked about, unless it is denied', () => {
  const facts = { another: false, joined: false, targets: [stranger], unusual: ['It is odd.'] };
  expect(decide(presets.trusted, act, facts)).toEqual({
    verdict: 'ask',
    rule: 'always asked: It is odd.',
  });
  const allows = policy({ to: { number: '+14155550199' }, verdict: 'allow' });
  expect(decide(allows, act, facts).verdict).toBe('ask');
  const denies = policy({ to: { number: '+14155550199' }, verdict: 'deny' });
  expect(decide(denies, act, facts).verdict).toBe('deny');
  expect(decide(presets.trusted, act, { ...facts, unusual: [] }).verdict).toBe('allow');
});

test('only what a rule needs is looked up', () => {
  expect(resolvingFor(presets.standard)).toEqual({
    ...{ inHouse: new Set(), labels: new Map(), rules: false, members: false, countries: false },
  });
  expect(
    resolvingFor({
      targets: [
        { to: { extension: '102' }, verdict: 'ask' },
        { to: { number: '+14155550199', label: 'on call' }, verdict: 'allow' },
        { to: { country: 'GB' }, verdict: 'deny' },
      ],
      emergency: [{ extension: '2222' }],
    }),
  ).toEqual({
    inHouse: new Set(['2222']),
    labels: new Map([['+14155550199', 'on call']]),
    ...{ rules: true, members: true, countries: true },
  });
});

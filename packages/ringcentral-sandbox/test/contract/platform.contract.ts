import { expect, it } from 'vitest';
import { usedDeviations } from './contract.ts';
import { DEVIATIONS } from './deviations.ts';
// One file of tests, so that at its end it is known which deviations are real.
import './oauth.ts';
import './call-control.ts';
import './lookups.ts';
import './subscriptions.ts';
import './errors.ts';

it('lists no deviation that does not occur', () => {
  const unused = DEVIATIONS.filter(({ reason }) => !usedDeviations.has(reason));
  expect(unused.map(({ reason }) => reason)).toEqual([]);
});

import { expect, test } from 'vitest';
import { RecentActs } from '../../src/app/recent-acts.ts';
import { manualClock } from '../support/clock.ts';

const clock = manualClock();
const actsIn = () =>
  new RecentActs(clock, (tool) => (tool === 'hold_call_party' ? 'Put on hold' : undefined));
const about = (args: object = {}) => ({
  principal: 'rc:1:2',
  tool: 'hold_call_party',
  args: args as Record<string, unknown>,
});

test('an act is under way until its outcome is known', async () => {
  const acts = actsIn();
  const log = acts.logOf('bob');
  log.write({ event: 'intent', act: 'a', ...about() });
  expect(await acts.of('bob')).toEqual([{ at: clock.now(), what: 'Put on hold', outcome: 'Under way.' }]);
  log.write({ event: 'outcome', act: 'a', result: 'unknown_outcome' });
  expect(await acts.of('bob')).toMatchObject([{ outcome: 'Nobody knows whether it was done.' }]);
});

test.each([
  [{ kind: 'not_confirmed', reason: 'declined' }, 'Not done: you said no.'],
  [{ kind: 'denied' }, 'Not done: the rules of this server forbid it.'],
  [{ kind: 'wrong_state' }, 'Not done: the call was in no state for it.'],
])('a refusal %o is told in words', async (refused, outcome) => {
  const acts = actsIn();
  acts.logOf('bob').write({ event: 'refused', ...refused, ...about({ phoneNumber: '+14*******99' }) });
  expect(await acts.of('bob')).toMatchObject([{ what: 'Put on hold (+14*******99)', outcome }]);
});

test('the last fifty of each person are kept, the newest first, until the person is forgotten', async () => {
  const acts = actsIn();
  for (let n = 1; n <= 60; n += 1) {
    acts.logOf('bob').write({ event: 'refused', kind: 'denied', ...about({ extensionNumber: `${n}` }) });
  }
  acts.logOf('carol').write({ event: 'refused', kind: 'denied', ...about() });
  expect(await acts.of('bob')).toHaveLength(50);
  expect((await acts.of('bob'))[0]?.what).toBe('Put on hold (60)');
  expect((await acts.of('bob')).at(-1)?.what).toBe('Put on hold (11)');
  expect(await acts.of('carol')).toHaveLength(1);
  acts.forget('bob');
  expect(await acts.of('bob')).toEqual([]);
  expect(await acts.of('carol')).toHaveLength(1);
});

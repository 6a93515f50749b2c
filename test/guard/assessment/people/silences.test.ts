import { expect, test } from 'vitest';
import type { SessionView } from '../../../../src/calls/store/views.ts';
import type { Action } from '../../../../src/guard/action.ts';
import { createSilences } from '../../../../src/guard/assessment/people/silences.ts';
import { manualClock } from '../../../support/clock.ts';

const call = (code: string) =>
  ({ id: 's-1', parties: [{ id: 'p-1', status: { code } }] }) as unknown as SessionView;
const action = (tool: string, principal = 'ann') =>
  ({ tool, principal, telephonySessionId: 's-1', partyId: 'p-1', args: {} }) as unknown as Action;

/** `before`: the run of events in which ann holds; `after`: the one in which somebody unholds. */
function hold({ before, after }: { before?: number; after?: number }) {
  const clock = manualClock();
  let run = before;
  const calls = { eventRun: () => run, onParty: () => () => undefined, call: () => call('Answered') };
  const silences = createSilences(calls as never, clock);
  silences.sending(action('hold_call_party'), call('Answered'))('observed');
  run = after;
  const asks = async (principal?: string) =>
    (await silences.reason(action('unhold_call_party', principal), call('Hold'))) !== undefined;
  return { clock, asks };
}

test('who held takes back unasked, however much later, where events told of everything since', async () => {
  const { clock, asks } = hold({ before: 1, after: 1 });
  clock.advance(3_600_000);
  expect(await asks()).toBe(false);
  expect(await asks('bob')).toBe(true);
});

test('who is forestalled between the reading and the request did not cause it', async () => {
  const clock = manualClock();
  const calls = { eventRun: () => 1, onParty: () => () => undefined, call: () => call('Hold') };
  const silences = createSilences(calls as never, clock);
  silences.sending(action('hold_call_party'), call('Answered'))('observed');
  expect(await silences.reason(action('unhold_call_party'), call('Hold'))).toBeDefined();
});

test('who took a leg out of the conversation puts it back unasked only at once: nothing tells of it', async () => {
  const clock = manualClock();
  const calls = { eventRun: () => 1, onParty: () => () => undefined, call: () => call('Answered') };
  const silences = createSilences(calls as never, clock);
  const alone = (standAlone: boolean) => ({ ...action('update_call_party'), args: { standAlone } });
  silences.sending(alone(true), call('Answered'))('observed');
  expect(await silences.reason(alone(false), call('Answered'))).toBeUndefined();
  clock.advance(2_001);
  expect(await silences.reason(alone(false), call('Answered'))).toContain('since this agent did that');
  const another = { ...alone(false), principal: 'bob' };
  expect(await silences.reason(another, call('Answered'))).toContain('this agent did not take the leg out');
});

test.each([
  ['events began to come in', { after: 2 }],
  ['events were interrupted', { before: 1, after: 2 }],
  ['events ceased to come in', { before: 1 }],
  ['no events come in', {}],
])('%s after the hold: it is one’s own for no longer than a reading is young', async (_, runs) => {
  const { clock, asks } = hold(runs);
  clock.advance(2_000);
  expect(await asks()).toBe(false);
  expect(await asks('bob')).toBe(true);
  clock.advance(1);
  expect(await asks()).toBe(true);
});

import { expect, test } from 'vitest';
import type { SessionView } from '../../src/calls/view.ts';
import type { Action } from '../../src/guard/action.ts';
import { createSilences } from '../../src/guard/silences.ts';
import { handClock } from '../transports/support/clock.ts';

const call = (code: string) =>
  ({ id: 's-1', parties: [{ id: 'p-1', status: { code } }] }) as unknown as SessionView;
const action = (tool: string, principal = 'ann') =>
  ({ tool, principal, telephonySessionId: 's-1', partyId: 'p-1', args: {} }) as unknown as Action;

function world() {
  const clock = handClock();
  let losses = 0;
  const calls = { losses: () => losses, onParty: () => () => undefined };
  const silences = createSilences(calls as never, clock);
  silences.note(action('hold_call_party'), 'observed', call('Answered'));
  const asks = (principal?: string) =>
    silences.reason(action('unhold_call_party', principal), call('Hold')) !== undefined;
  return { clock, asks, lose: () => (losses += 1) };
}

test('who held takes back unasked, however much later', () => {
  const { clock, asks } = world();
  clock.advance(3_600_000);
  expect(asks()).toBe(false);
  expect(asks('bob')).toBe(true);
});

test('events that begin to come in right after a hold make it nobody else’s', () => {
  const { clock, asks, lose } = world();
  lose();
  clock.advance(2_000);
  expect(asks()).toBe(false);
  expect(asks('bob')).toBe(true);
});

test('where events were interrupted for longer than a reading may be old, somebody else can have held', () => {
  const { clock, asks, lose } = world();
  clock.advance(2_001);
  lose();
  expect(asks()).toBe(true);
});

import { expect, test } from 'vitest';
import type { Action } from '../../../../src/guard/action.ts';
import { trackEmergencyCalls } from '../../../../src/guard/assessment/people/emergency-calls.ts';
import { manualClock } from '../../../support/clock.ts';

const me = '62264012';

/** A line from which numbers are dialled, of which only the own leg is seen; then somebody outside calls. */
function line() {
  const clock = manualClock();
  let hear: (id: string, party: object) => void = () => undefined;
  const own = (to: string) => ({
    id: 'p-1',
    extensionId: me,
    direction: 'Outbound',
    to: { phoneNumber: to },
  });
  const calls = {
    call: (to: string) => ({ id: 's-1', parties: [own(to)] }),
    onParty: (listener: typeof hear) => {
      hear = listener;
    },
  };
  const directory = { extensions: async () => [{ id: '1', extensionNumber: '102', status: 'Enabled' }] };
  const watch = trackEmergencyCalls(calls as never, directory as never, clock, () => true);
  const parties = [
    { id: 'p-2', direction: 'Outbound', status: { code: 'Answered' }, from: { phoneNumber: '+14155550123' } },
    { id: 'p-3', direction: 'Inbound', status: { code: 'Proceeding' }, extensionId: me },
  ];
  return {
    clock,
    talk: (...touched: object[]) => watch.note(touched as never),
    dial: (to: string) => hear(to, own(to)),
    mayBeCallBack: () =>
      watch.mayBeCallBack(
        { tool: 'reject_party' } as Action,
        { call: { id: 's-2', yourPartyId: 'p-3', parties } } as never,
      ),
  };
}

test('whoever was in a conference with emergency services may be called back', async () => {
  const { talk, mayBeCallBack } = line();
  talk({ id: 's-9', parties: [{ id: 'p-9', extensionId: '62264013' }] });
  expect(await mayBeCallBack()).toBe(false);
  talk(
    { id: 's-9', parties: [{ id: 'p-9', extensionId: '62264013' }] },
    { id: 's-1', parties: [{ id: 'p-1', extensionId: me }] },
  );
  expect(await mayBeCallBack()).toBe(true);
});

test('a colleague who is called after 911 takes nothing back of what is known', async () => {
  const { clock, dial, mayBeCallBack } = line();
  dial('102');
  expect(await mayBeCallBack()).toBe(false);
  dial('911');
  dial('102');
  expect(await mayBeCallBack()).toBe(true);
  clock.advance(3_600_000);
  expect(await mayBeCallBack()).toBe(false);
});

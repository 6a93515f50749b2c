import { expect, test } from 'vitest';
import type { Act } from '../../../src/guard/contract.ts';
import type { CapCounts } from '../../../src/guard/limits/cap-counts.ts';
import { createLocalMemory } from '../../../src/guard/local-memory.ts';
import type { CreateGuardMemory } from '../../../src/guard/memory.ts';
import { presets } from '../../../src/guard/policy/presets.ts';
import { Failure } from '../../../src/shared/failure.ts';
import { manualClock } from '../../support/clock.ts';
import { dial, hold, inboundCall, transfer } from '../support/fake-ports.ts';
import { guardTestbed } from '../support/guard-testbed.ts';
import { asker, failure, prepareNothing } from '../support/host.ts';

/** A trusting guard over one call, and what it has sent; `before` is run before each reservation. */
function testbed(
  before: (counts: CapCounts) => Promise<void> | void = () => {},
  more: Partial<Act<object, string>> = {},
) {
  const clock = manualClock();
  const written: string[] = [];
  const memory: CreateGuardMemory = (options) => {
    const local = createLocalMemory(options);
    const { caps } = local;
    const reserve: CapCounts['reserve'] = async (claim, limits) => {
      await before(caps);
      return caps.reserve(claim, limits);
    };
    return { ...local, caps: { ...caps, reserve } };
  };
  const { guard, ports } = guardTestbed({
    ...{ policy: presets.trusted, memory, clock },
    audit: { write: ({ event }) => void written.push(event) },
  });
  ports.sessions.set('s-1', inboundCall('s-1'));
  const sent: string[] = [];
  const act = async (action = hold('s-1')) =>
    guard.run<object, string>(action, await asker('2025', guard, undefined), {
      prepare: prepareNothing,
      async execute({ send }) {
        await send(undefined);
        sent.push(action.tool);
        return { result: 'done', outcome: { result: 'observed' } };
      },
      ...more,
    });
  const reads = () => ports.requests.filter((request) => request === 'read s-1').length;
  return { act, sent, written, clock, reads };
}

test('an act whose reservation took longer than a reading is young is judged anew before it is sent', async () => {
  let takes = 2_001;
  const { act, sent, written, clock, reads } = testbed(() => {
    clock.advance(takes);
    takes = 0;
  });
  expect(await act()).toBe('done');
  expect([sent.length, reads(), written]).toEqual([1, 2, ['intent', 'outcome']]);
});

test('where each takes so long nothing is sent, and nothing is counted', async () => {
  let takes = 2_001;
  const { act, sent, written, clock } = testbed(() => clock.advance(takes));
  const outside = transfer('s-1', '+14155550177');
  for (let time = 0; time < 3; time += 1) {
    expect(await failure(act(outside))).toMatchObject({ kind: 'unavailable' });
  }
  expect([sent, written]).toEqual([[], ['refused', 'refused', 'refused']]);
  takes = 0;
  for (let time = 0; time < presets.trusted.caps.outside; time += 1) await act(outside);
  expect((await failure(act(outside))).kind).toBe('denied');
});

test('what other agents do between the judgement and the reservation counts', async () => {
  const other = { rings: true, outside: false, acts: true };
  const { act, sent } = testbed(async (counts) => void (await counts.reserve(other, {})));
  expect((await failure(act(dial('+12055550102')))).kind).toBe('denied');
  expect(sent).toEqual([]);
});

test('an act that is one call too many by the time it is counted asks', async () => {
  const { act, sent } = testbed(async (counts) => {
    for (let call = 1; call <= presets.trusted.caps.calls; call += 1) {
      await counts.reserve({ rings: false, outside: false, acts: true, call: `other ${call}` }, {});
    }
  });
  expect((await failure(act(transfer('s-1', '+12055550102')))).details.reason).toBe('unsupported');
  expect(sent).toEqual([]);
});

test('where it cannot be counted it is not sent, and that is recorded', async () => {
  const { act, sent, written } = testbed(() => {
    throw new Failure('unavailable', 'Nobody can tell.');
  });
  expect(await failure(act())).toMatchObject({ kind: 'unavailable', message: 'Nobody can tell.' });
  expect([sent, written]).toEqual([[], ['refused']]);
});

test('what must know before the request leaves can keep it, and nothing is counted', async () => {
  const order: string[] = [];
  let isKept = true;
  const { act, sent, written } = testbed(undefined, {
    async leaving() {
      order.push('leaving');
      if (isKept) throw new Failure('unavailable', 'Not from here.');
    },
  });
  expect((await failure(act(dial('+12055550102')))).message).toBe('Not from here.');
  expect([sent, written, order]).toEqual([[], ['refused'], ['leaving']]);
  isKept = false;
  expect(await act(dial('+12055550102'))).toBe('done');
  expect(written).toEqual(['refused', 'intent', 'outcome']);
});

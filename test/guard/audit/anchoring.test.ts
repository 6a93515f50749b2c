import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { Anchoring } from '../../../src/guard/audit/anchoring.ts';
import type { AnchorMark, AuditAnchors } from '../../../src/guard/audit/anchors.ts';
import { Failure } from '../../../src/shared/failure.ts';
import { memoryAnchors } from '../../cluster/support/memory-anchors.ts';
import { manualClock } from '../../support/clock.ts';

const chain = 'c'.repeat(64);
const mark = (sequence: number): AnchorMark => ({ chain, sequence, head: `head ${sequence}`, segment: 1 });

/** Anchors that can be away, or hold their answer back, and what happened in which order. */
function scene() {
  const clock = manualClock();
  const memory = memoryAnchors(clock);
  const happened: string[] = [];
  const said: string[] = [];
  const state = { isAway: false, answer: Promise.resolve() };
  const anchors: AuditAnchors = {
    async anchor(of, anchor) {
      happened.push(`anchor ${anchor.sequence}`);
      await state.answer;
      if (state.isAway) throw new Failure('unavailable', 'Redis does not answer.');
      await memory.anchor(of, anchor);
    },
    all: memory.all,
  };
  const log = pino({ base: null }, { write: (line) => void said.push(JSON.parse(line).msg) });
  const flush = async () => void happened.push('flush');
  const anchoring = new Anchoring({ anchors, replica: 'a', flush, clock, log });
  return { clock, state, happened, said, anchoring, anchored: async () => (await memory.all())[0] };
}

describe('the end of the log is anchored', () => {
  test('after it is on the disk, with the replica’s name', async () => {
    const { anchoring, happened, anchored, clock } = scene();
    anchoring.keep(mark(1));
    await clock.advanceAsync(0);
    expect(happened).toEqual(['flush', 'anchor 1']);
    expect(await anchored()).toMatchObject({ ...mark(1), replica: 'a' });
  });

  test('one at a time: what comes meanwhile is anchored once, by its last', async () => {
    const { anchoring, happened, state, anchored, clock } = scene();
    let answer = () => {};
    state.answer = new Promise((resolve) => {
      answer = resolve;
    });
    anchoring.keep(mark(1));
    await clock.advanceAsync(0);
    for (const sequence of [2, 3, 4, 5]) anchoring.keep(mark(sequence));
    answer();
    await clock.advanceAsync(0);
    expect(happened).toEqual(['flush', 'anchor 1', 'flush', 'anchor 5']);
    expect((await anchored())?.sequence).toBe(5);
  });

  test('later where the anchors are away, which is said once', async () => {
    const { anchoring, state, said, anchored, clock } = scene();
    state.isAway = true;
    for (const sequence of [1, 2, 3]) {
      anchoring.keep(mark(sequence));
      await clock.advanceAsync(7_000);
    }
    expect(await anchored()).toBeUndefined();
    state.isAway = false;
    await clock.advanceAsync(7_000);
    expect((await anchored())?.sequence).toBe(3);
    expect(said).toEqual([
      'the end of the audit log cannot be anchored in Redis',
      'the end of the audit log is anchored again',
    ]);
  });

  test('again each minute, so that anchors that were lost come back', async () => {
    const { anchoring, happened, clock } = scene();
    anchoring.keep(mark(1));
    await clock.advanceAsync(61_000);
    await clock.advanceAsync(61_000);
    expect(happened.filter((each) => each === 'anchor 1')).toHaveLength(3);
  });

  test('a last time at the end, and nothing after it', async () => {
    const { anchoring, state, anchored, happened, clock } = scene();
    state.isAway = true;
    anchoring.keep(mark(1));
    await clock.advanceAsync(0);
    anchoring.keep(mark(2));
    state.isAway = false;
    await anchoring.close();
    expect((await anchored())?.sequence).toBe(2);
    const before = happened.length;
    anchoring.keep(mark(3));
    await clock.advanceAsync(3_600_000);
    expect(happened).toHaveLength(before);
  });

  test('an end without the anchors ends all the same', async () => {
    const { anchoring, state } = scene();
    state.isAway = true;
    anchoring.keep(mark(1));
    await expect(anchoring.close()).resolves.toBeUndefined();
  });
});

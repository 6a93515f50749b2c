import { describe, expect, it } from 'vitest';
import { createSharedEvents } from '../../../../src/transports/http/replicas/shared-events.ts';

const answer = JSON.stringify({ jsonrpc: '2.0', id: 1, result: {} });
const takenOver = (kept: Record<string, string>) =>
  createSharedEvents({ epoch: 2, kept: new Map(Object.entries(kept)), keep: async () => {} });

describe('what is damaged of a session that is taken over', () => {
  it.each([
    ['an answer', { 'e:2': '["asked","no JSON"]' }],
    ['which requests were open', { 's:asked': '{}' }],
  ])('is told to who comes back for it: %s', async (_what, damaged) => {
    const events = takenOver({ ...damaged, 'e:3': JSON.stringify(['other', answer]) });
    expect(events.damaged).toEqual(Object.keys(damaged));
    expect(events.hasLost('1-asked')).toBe(true);
    expect(events.hasLost('1-other')).toBe(false);
    expect(events.dump()).toEqual({
      events: [{ sequence: 3, streamId: 'other', text: answer }],
      lost: ['asked'],
    });
  });

  it('keeps nobody from the stream of a GET, which goes on with the next notice', () => {
    const events = takenOver({ 'e:2': '["_GET_stream",7]' });
    expect(events.damaged).toEqual(['e:2']);
    expect(events.hasLost('1-_GET_stream')).toBe(false);
  });
});

it('requests that have ended are kept as such until all of them have their answers', async () => {
  const written: string[][] = [];
  const events = createSharedEvents({
    epoch: 2,
    kept: new Map([
      ['s:one', '[1]'],
      ['s:two', '["2"]'],
    ]),
    keep: async () =>
      void written.push(
        events
          .fields()
          .put.map(([field]) => field)
          .filter((field) => field.startsWith('s:')),
      ),
  });
  await events.answerEnded();
  expect(written).toEqual([['s:two'], []]);
});

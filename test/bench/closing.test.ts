import { expect, test } from 'vitest';
import { closing } from '../../bench/support/closing.ts';

const closable = (name: string, closed: string[], error?: Error) => ({
  close: async () => {
    closed.push(name);
    if (error) throw error;
  },
});

test('what was opened is closed, the last first, also where the run fails', async () => {
  const closed: string[] = [];
  const run = closing(async (keep) => {
    keep(closable('first', closed));
    keep(closable('second', closed));
    throw new Error('failed');
  });
  await expect(run).rejects.toThrow('failed');
  expect(closed).toEqual(['second', 'first']);
});

test('what cannot be closed keeps nothing else open, and does not hide why the run failed', async () => {
  const closed: string[] = [];
  const run = closing(async (keep) => {
    keep(closable('first', closed));
    keep(closable('second', closed, new Error('not closed')));
    throw new Error('failed');
  });
  await expect(run).rejects.toThrow('failed');
  expect(closed).toEqual(['second', 'first']);
});

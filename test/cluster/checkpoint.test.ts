import { expect, test } from 'vitest';
import { CallStore } from '../../src/calls/store/call-store.ts';
import { Checkpoints } from '../../src/cluster/line/checkpoint.ts';
import type { LineKeys } from '../../src/cluster/line/line-log.ts';
import type { Redis } from '../../src/cluster/redis/redis.ts';
import { testClock } from '../calls/support/store-testbed.ts';

test('a checkpoint that is answered late, after another replica may have written one, is no ground for the next', async () => {
  const written: string[] = [];
  const answers: ((answer: string) => void)[] = [];
  const redis = {
    run(_script: unknown, _keys: string[], args: string[]) {
      written.push(args[2] ?? '');
      return new Promise((resolve) => answers.push(resolve));
    },
  } as unknown as Redis;
  const checkpoints = new Checkpoints(redis, {} as LineKeys);
  const calls = new CallStore({ clock: testClock(), scope: 'account' });
  const save = (id: string) => checkpoints.save(calls, id, 'token', undefined);

  const late = save('1-0');
  checkpoints.startAnew();
  answers.shift()?.('saved');
  await late;
  const next = save('2-0');
  answers.shift()?.('saved');
  await next;
  const last = save('3-0');
  answers.shift()?.('saved');
  await last;
  expect(written).toEqual(['whole', 'whole', 'changes']);
});

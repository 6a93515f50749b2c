import { expect, test } from 'vitest';
import { loadOnce } from '../../src/shared/load-once.ts';

/** Something whose first `failures` loads fail. */
function loading(failures: number) {
  let loads = 0;
  const once = loadOnce(async () => {
    loads += 1;
    if (loads <= failures) throw new Error('EMFILE');
    return `load ${loads}`;
  });
  return { ...once, loads: () => loads };
}

test('is loaded when it is first asked for, and then kept', async () => {
  const { load, loaded, loads } = loading(0);
  expect(await loaded()).toBeUndefined();
  expect(loads()).toBe(0);
  expect(await Promise.all([load(), load(), loaded()])).toEqual(['load 1', 'load 1', 'load 1']);
  expect(await load()).toBe('load 1');
});

test('a load that fails is told to all who wait for it, and tried again by the next', async () => {
  const { load, loaded } = loading(1);
  const both = [load(), load()];
  expect(await loaded()).toBeUndefined();
  for (const one of both) await expect(one).rejects.toThrow('EMFILE');
  expect(await loaded()).toBeUndefined();
  expect(await load()).toBe('load 2');
  expect(await loaded()).toBe('load 2');
});

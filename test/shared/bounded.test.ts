import { expect, test } from 'vitest';
import { BoundedMap, BoundedSet } from '../../src/shared/bounded.ts';

test('a map drops the oldest entry for one above its limit', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1).set('b', 2).set('c', 3);
  expect([...map]).toEqual([
    ['b', 2],
    ['c', 3],
  ]);
});

test('an entry that is set again takes no room from others, and is the newest', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1).set('b', 2).set('a', 3);
  expect([...map.keys()]).toEqual(['b', 'a']);
  map.set('c', 4);
  expect([...map]).toEqual([
    ['a', 3],
    ['c', 4],
  ]);
});

test('a set drops the one that was added longest ago', () => {
  const set = new BoundedSet<string>(2);
  set.add('a').add('b').add('a').add('c');
  expect([...set]).toEqual(['a', 'c']);
});

test('what is deleted makes room', () => {
  const set = new BoundedSet<string>(2);
  set.add('a').add('b');
  set.delete('a');
  set.add('c');
  expect([...set]).toEqual(['b', 'c']);
});

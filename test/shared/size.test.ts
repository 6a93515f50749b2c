import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cut, sizeOf } from '../../src/shared/size.ts';

it('is of the order of the JSON text, whatever the value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const real = Buffer.byteLength(JSON.stringify(value));
      expect(sizeOf(value).bytes).toBeGreaterThanOrEqual(real * 0.3);
    }),
  );
});

it('counts the levels of nesting, however deep, without running out of stack', () => {
  expect([sizeOf(1).depth, sizeOf([]).depth, sizeOf({ a: [1] }).depth]).toEqual([0, 1, 2]);
  const deep = JSON.parse(`${'['.repeat(500_000)}${']'.repeat(500_000)}`);
  expect(sizeOf(deep).depth).toBe(500_000);
});

it('stops counting past the limit', () => {
  expect(
    sizeOf(
      Array.from({ length: 1_000_000 }, () => 'x'),
      100,
    ).bytes,
  ).toBeLessThan(200);
});

it('cuts a text and says so', () => {
  expect([cut('short', 5), cut('longer', 5)]).toEqual(['short', 'long…']);
});

import fc from 'fast-check';
import { hostileNames } from 'ringcentral-sandbox/testing';
import { describe, expect, test } from 'vitest';
import { clean, untrusted } from '../../src/shared/untrusted.ts';

const forbidden = /[\p{C}\p{DI}\p{Zl}\p{Zp}\u2800<>[\]{}«»`|\\*]/u;
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.constantFrom(...hostileNames),
);

test('there are at least forty hostile names', () => {
  expect(new Set(hostileNames).size).toBeGreaterThanOrEqual(40);
});

describe.each(hostileNames)('%j', (name) => {
  test('is stripped, on one line, and short', () => {
    const text = clean(name);
    expect(text).not.toMatch(forbidden);
    expect([...text].length).toBeLessThanOrEqual(64);
  });
});

test('the same holds for any text, and cleaning twice is cleaning once', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const once = clean(text);
      expect(once).not.toMatch(forbidden);
      expect(once).toBe(once.trim());
      expect([...once].length).toBeLessThanOrEqual(64);
      expect(clean(once)).toBe(once);
    }),
  );
});

test('a marked text is one fence around a clean one, however often it is marked', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const marked = untrusted(text);
      expect(marked).toMatch(/^«untrusted: [^«»]*»$/);
      expect(untrusted(marked)).toBe(marked);
    }),
  );
});

test.each([
  ['Carol Jones', 'Carol Jones'],
  ["O'Neil & Sons (Sales), #1", "O'Neil & Sons (Sales), #1"],
  ['Zoë Müller-Lüdenscheidt', 'Zoë Müller-Lüdenscheidt'],
  ['山田 太郎', '山田 太郎'],
  ['ณัฐวุฒิ', 'ณัฐวุฒิ'],
  ['Carol\u200b\n\tJones', 'Carol Jones'],
  ['A'.repeat(70), `${'A'.repeat(63)}…`],
])('an honest name stays itself: %j', (name, text) => {
  expect(clean(name)).toBe(text);
});

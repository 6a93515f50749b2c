import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { beginnings } from '../../../../scripts/lib/language.ts';
import { numberingData } from '../../../../scripts/numbering.ts';

test('the numbering data is what `npm run numbering` writes', { timeout: 60_000 }, () => {
  for (const [name, text] of Object.entries(numberingData())) {
    expect(readFileSync(`src/guard/assessment/numbers/${name}`, 'utf8')).toBe(text);
  }
});

test('a pattern is expanded to all that it matches, and nothing else', () => {
  const atom = fc.constantFrom('1', '\\d', '[2-4]', '[05-7]', '(?:1|23)', '(?:4\\d?|5)');
  const counted = fc.tuple(atom, fc.constantFrom('', '?', '{2}', '{1,2}')).map(([one, count]) => one + count);
  const pattern = fc.array(counted, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(pattern, { minLength: 1, maxLength: 2 }), (alternatives) => {
      const text = alternatives.join('|');
      const found = new Set(beginnings(text, 3));
      const whole = new RegExp(`^(?:${text})$`);
      for (let number = 0; number < 1_110; number += 1) {
        const digits =
          number < 10
            ? `${number}`
            : number < 110
              ? `${number - 10}`.padStart(2, '0')
              : `${number - 110}`.padStart(3, '0');
        if (whole.test(digits)) expect(found).toContain(digits);
      }
      for (const digits of found) if (digits.length < 3) expect(digits).toMatch(whole);
    }),
    { numRuns: 50 },
  );
});

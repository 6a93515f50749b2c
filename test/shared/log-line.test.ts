import fc from 'fast-check';
import { expect, it } from 'vitest';
import { boundLine } from '../../src/shared/log-line.ts';

const line = (members: object) => `${JSON.stringify(members)}\n`;

it('leaves a line as it is that is short enough', () => {
  const short = line({ level: 'info', msg: 'listening' });
  expect(boundLine(short)).toBe(short);
});

it('cuts what is long, keeps what is short, and says how long it was', () => {
  const long = line({
    level: 'warn',
    time: 'now',
    reason: 'x'.repeat(1_000_000),
    err: { stack: 'y'.repeat(9_000) },
    msg: 'm',
  });
  expect(JSON.parse(boundLine(long))).toMatchObject({
    level: 'warn',
    time: 'now',
    msg: 'm',
    cut: long.length,
  });
});

it('makes of any line one JSON object on one line, of at most 8 KiB', () => {
  const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('\u0000"\\'.repeat(3_000)));
  fc.assert(
    fc.property(
      fc.dictionary(text, fc.oneof(text, fc.jsonValue()), { maxKeys: 40 }),
      fc.nat(20_000),
      (members, more) => {
        const bounded = boundLine(line({ level: 'info', more: 'z'.repeat(more), ...members }));
        expect(bounded.length).toBeLessThanOrEqual(8_193);
        expect(bounded.indexOf('\n')).toBe(bounded.length - 1);
        expect(typeof JSON.parse(bounded)).toBe('object');
      },
    ),
  );
});

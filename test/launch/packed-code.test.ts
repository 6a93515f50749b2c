import { expect, it } from 'vitest';
import { pack, unpack } from '../../src/launch/packed-code.ts';

const code = new Map([
  ['main.js', Buffer.from('of the main chunk')],
  ['empty.js', Buffer.alloc(0)],
  ['other-ABC.js', Buffer.from([0, 1, 2, 255])],
]);

it('compiled code comes out as it was put in', () => {
  expect(unpack(pack(code))).toEqual(code);
  expect(unpack(pack(new Map()))).toEqual(new Map());
});

it('begins where V8 need not copy it', () => {
  const offsets = [...(unpack(pack(code))?.values() ?? [])].map(({ byteOffset }) => byteOffset % 8);
  expect(new Set(offsets)).toHaveLength(1);
});

it('is not believed where a bit is another one, or a part is missing', () => {
  const packed = pack(code);
  for (let at = 0; at < packed.length; at += 1) {
    const damaged = Buffer.from(packed);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    expect(unpack(damaged)).toBeUndefined();
    expect(unpack(packed.subarray(0, at))).toBeUndefined();
  }
});

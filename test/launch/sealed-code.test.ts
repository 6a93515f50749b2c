import { expect, it } from 'vitest';
import { seal, unseal } from '../../src/launch/sealed-code.ts';

const codes = [Buffer.from('of the main chunk'), Buffer.alloc(0), Buffer.from([0, 1, 2, 255])];

it('compiled code comes out as it was put in', () => {
  expect(codes.map((code) => unseal(seal(code)))).toEqual(codes);
});

it('begins where V8 need not copy it', () => {
  for (const code of codes) {
    const sealed = seal(code);
    expect(((unseal(sealed)?.byteOffset ?? 1) - sealed.byteOffset) % 8).toBe(0);
  }
});

it('is not believed where a bit is another one, or a part is missing', () => {
  for (const sealed of codes.map(seal)) {
    for (let at = 0; at < sealed.length; at += 1) {
      const damaged = Buffer.from(sealed);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(unseal(damaged)).toBeUndefined();
      expect(unseal(sealed.subarray(0, at))).toBeUndefined();
    }
  }
});

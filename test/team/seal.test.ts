import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSealer, type SealContext, SealError } from '../../src/team/seal.ts';
import { parseTeamKey, type TeamKeys, teamKey, teamKeys } from '../../src/team/team-keys.ts';

const numRuns = Number(process.env.PROPERTY_RUNS ?? 100);
const newKeys = (): TeamKeys => ({ current: teamKey(randomBytes(32)) });
const context = fc.record({
  owner: fc.string(),
  purpose: fc.string(),
  generation: fc.nat(),
}) as fc.Arbitrary<SealContext>;
const why = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof SealError) return error.why;
    throw error;
  }
  return 'opened';
};

test('what is sealed opens for the same owner, purpose and generation', () => {
  const sealer = createSealer(newKeys());
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), context, (text, about) => {
      expect(sealer.open(sealer.seal(text, about), about)).toBe(text);
    }),
    { numRuns },
  );
});

test('it opens for no other', () => {
  const sealer = createSealer(newKeys());
  fc.assert(
    fc.property(fc.string(), context, context, (text, about, other) => {
      fc.pre(JSON.stringify(about) !== JSON.stringify(other));
      const sealed = sealer.seal(text, about);
      expect(why(() => sealer.open(sealed, other))).toBe('changed');
      expect(why(() => sealer.rewrap(sealed, other))).toBe('changed');
    }),
    { numRuns },
  );
});

test('any changed character is noticed', () => {
  const sealer = createSealer(newKeys());
  fc.assert(
    fc.property(fc.string(), context, fc.nat(), fc.string({ maxLength: 2 }), (text, about, at, put) => {
      const sealed = sealer.seal(text, about);
      const position = at % sealed.length;
      const changed = sealed.slice(0, position) + put + sealed.slice(position + 1);
      fc.pre(changed !== sealed);
      expect(why(() => sealer.open(changed, about))).not.toBe('opened');
    }),
    { numRuns },
  );
});

test('the parts of two sealed texts of one person cannot be mixed', () => {
  const sealer = createSealer(newKeys());
  const about = { owner: 'rc:1:2', purpose: 'login', generation: 1 };
  const [one, other] = ['one', 'other'].map((text) => sealer.seal(text, about).split('.'));
  expect(why(() => sealer.open([...(one ?? []).slice(0, 3), other?.[3]].join('.'), about))).toBe('changed');
});

test('the same text is sealed differently each time', () => {
  const sealer = createSealer(newKeys());
  const about = { owner: 'rc:1:2', purpose: 'login', generation: 1 };
  const [, , wrapped, ciphertext] = sealer.seal('same', about).split('.');
  const [, , otherWrapped, otherCiphertext] = sealer.seal('same', about).split('.');
  expect([wrapped, ciphertext]).not.toContain(otherWrapped);
  expect([wrapped, ciphertext]).not.toContain(otherCiphertext);
});

test('the previous team key opens until it is taken away, and what was wrapped anew stays', () => {
  fc.assert(
    fc.property(fc.string(), context, (text, about) => {
      const before = newKeys();
      const after = { ...newKeys(), previous: before.current };
      const sealed = createSealer(before).seal(text, about);
      const rotated = createSealer(after);
      expect(rotated.open(sealed, about)).toBe(text);
      expect(rotated.isOutdated(sealed)).toBe(true);

      const rewrapped = rotated.rewrap(sealed, about);
      expect(rotated.isOutdated(rewrapped)).toBe(false);
      expect(rewrapped.split('.')[3]).toBe(sealed.split('.')[3]);
      const later = createSealer({ current: after.current });
      expect(later.open(rewrapped, about)).toBe(text);
      expect(why(() => later.open(sealed, about))).toBe('unknown key');
    }),
    { numRuns },
  );
});

test.each(['', 'v1', 'v2.a.b.c', 'v1.a.b', 'v1.a.b.c.d', '{}'])('%j is no sealed text', (text) => {
  const about = { owner: 'rc:1:2', purpose: 'login', generation: 1 };
  expect(why(() => createSealer(newKeys()).open(text, about))).toBe('not sealed');
});

test('a team key is 32 bytes in base64url, and no message repeats it', () => {
  const value = randomBytes(32).toString('base64url');
  expect(parseTeamKey({ value, name: 'RC_MCP_TEAM_KEY' }).kid).toMatch(/^[\w-]{12}$/);
  for (const wrong of [value.slice(1), `${value}A`, `${value.slice(0, 42)}!`, 'secret-secret']) {
    const parse = () => parseTeamKey({ value: wrong, name: 'RC_MCP_TEAM_KEY' });
    expect(parse).toThrow(/^RC_MCP_TEAM_KEY is not 32 bytes in base64url/);
    expect(parse).not.toThrow(wrong);
  }
});

test('a rotation from a key to itself is refused', () => {
  const value = randomBytes(32).toString('base64url');
  const key = () => parseTeamKey({ value, name: 'K' });
  expect(() => teamKeys(key(), key())).toThrow('are the same');
});

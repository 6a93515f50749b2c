import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Hop, HopOpener, sealHop } from '../../../../src/transports/http/replicas/hop-seal.ts';
import { manualClock } from '../../../support/clock.ts';

const key = randomBytes(32);
const hop: Hop = {
  ...{ to: 'b', method: 'POST', path: '/replicas/mcp', session: 's', digest: 'd' },
  principal: { name: 'key:alice', scopes: new Set(['calls:read']), grant: 'g', expiresAt: 7 },
  headers: { 'mcp-session-id': 's' },
};

describe('a request between replicas', () => {
  const clock = manualClock();
  const opener = (replica = 'b', keys: [Buffer, ...Buffer[]] = [key]) => new HopOpener(keys, replica, clock);

  it('is taken once, as it was made', () => {
    const header = sealHop([key], hop, clock);
    const here = opener();
    expect(here.open(header, 'POST', '/replicas/mcp')).toEqual({ ...hop });
    expect(here.open(header, 'POST', '/replicas/mcp')).toBeUndefined();
    clock.advance(4_000);
    expect(here.open(header, 'POST', '/replicas/mcp')).toBeUndefined();
  });

  it('is not taken by another replica, for another method or path, late, or of another key', () => {
    const open = (header: string, here = opener(), method = 'POST', path = '/replicas/mcp') =>
      here.open(header, method, path);
    expect(open(sealHop([key], hop, clock), opener('c'))).toBeUndefined();
    expect(open(sealHop([key], hop, clock), opener(), 'DELETE')).toBeUndefined();
    expect(open(sealHop([key], hop, clock), opener(), 'POST', '/replicas/messages')).toBeUndefined();
    expect(open(sealHop([randomBytes(32)], hop, clock))).toBeUndefined();
    const late = sealHop([key], hop, clock);
    clock.advance(5_001);
    expect(open(late)).toBeUndefined();
  });

  it('is taken with the key before, while keys change', () => {
    const next = randomBytes(32);
    expect(opener('b', [next, key]).open(sealHop([key], hop, clock), 'POST', '/replicas/mcp')).toBeDefined();
    expect(
      opener('b', [key]).open(sealHop([next, key], hop, clock), 'POST', '/replicas/mcp'),
    ).toBeUndefined();
  });

  it('is not taken where anything of it was changed', () => {
    const header = sealHop([key], hop, clock);
    const here = opener();
    fc.assert(
      fc.property(fc.nat(header.length - 1), fc.constantFrom(...'Aa0-._='), (at, letter) => {
        fc.pre(header[at] !== letter);
        const changed = header.slice(0, at) + letter + header.slice(at + 1);
        expect(here.open(changed, 'POST', '/replicas/mcp')).toBeUndefined();
      }),
    );
    expect(here.open(header, 'POST', '/replicas/mcp')).toBeDefined();
    for (const garbage of ['', '.', 'x', 'x.y', `${header}.z`]) {
      expect(opener().open(garbage, 'POST', '/replicas/mcp')).toBeUndefined();
    }
  });
});

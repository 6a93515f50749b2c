import { expect, it } from 'vitest';
import { createSeen } from '../../../src/ringcentral/feed/seen.ts';

it('knows the last ids again, and forgets the old ones', () => {
  const seen = createSeen(10);
  for (let id = 0; id < 100; id += 1) expect(seen(`${id}`)).toBe(false);
  for (let id = 90; id < 100; id += 1) expect(seen(`${id}`)).toBe(true);
  expect(seen('0')).toBe(false);
});

import { expect } from 'vitest';
import { states } from './support.ts';

const LIMITS = { rateLimits: 'platform' } as const;

states(
  '7',
  'documented',
  '10 Heavy requests a minute, then 429 with Retry-After',
  async ({ login }) => {
    for (let count = 0; count < 10; count++) {
      expect((await login.get('/account/~/extension/~/active-calls')).status).toBe(200);
    }
    const { status, headers, body } = await login.get('/account/~/extension/~/active-calls');
    expect([status, headers.get('Retry-After')]).toEqual([429, '60']);
    expect(body).toMatchObject({ errorCode: 'CMN-301', errors: [{ errorCode: 'CMN-301' }] });
  },
  LIMITS,
);

states(
  '7',
  'documented',
  'a request during the penalty starts it again',
  async ({ sandbox, login }) => {
    const ask = async () => (await login.get('/account/~/extension/~/active-calls')).status;
    for (let count = 0; count < 11; count++) await ask();
    await sandbox.advance(59_000);
    expect(await ask()).toBe(429);
    await sandbox.advance(59_000);
    expect(await ask()).toBe(429);
    await sandbox.advance(60_000);
    expect(await ask()).toBe(200);
  },
  LIMITS,
);

states(
  '7',
  'observed',
  'normal answers tell group, limit, what remains, and the window',
  async ({ login }) => {
    const { headers } = await login.get('/account/~');
    const told = ['Group', 'Limit', 'Window'].map((name) => headers.get(`X-Rate-Limit-${name}`));
    expect(told).toEqual(['light', '50', '60']);
    expect(Number(headers.get('X-Rate-Limit-Remaining'))).toBeLessThan(50);
  },
  LIMITS,
);

states(
  '7',
  'documented',
  'call-out and active calls share the Heavy bucket',
  async ({ login, desk }) => {
    for (let count = 0; count < 10; count++) await login.get('/account/~/extension/~/active-calls');
    const body = { from: { deviceId: desk }, to: { extensionNumber: '103' } };
    expect((await login.post('/account/~/telephony/call-out', body)).status).toBe(429);
  },
  LIMITS,
);

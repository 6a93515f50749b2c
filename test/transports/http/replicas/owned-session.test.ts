import { expect, it } from 'vitest';
import { OwnedSession } from '../../../../src/transports/http/replicas/owned-session.ts';
import type { SessionRegister } from '../../../../src/transports/http/replicas/session-register.ts';

it('a request of a session that has gone to another replica meanwhile is told so', async () => {
  const register = { isUp: true, keep: async () => 'over' } as unknown as SessionRegister;
  let isClosed = false;
  const session = new OwnedSession({
    register,
    claim: { id: 'a', epoch: 1 },
    record: { params: {}, at: 0 } as never,
    sure: async () => {},
    close: () => {
      isClosed = true;
    },
  });
  const failure = { status: 503, message: expect.stringContaining('not known') };
  await expect(session.watch('ringcentral://guard', true)).rejects.toMatchObject(failure);
  expect(isClosed).toBe(true);
});

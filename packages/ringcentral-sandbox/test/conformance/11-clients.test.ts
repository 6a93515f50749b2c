import { expect } from 'vitest';
import { officialDesk, officialSdk, sessionIn } from '../clients/official.ts';
import type { Json } from '../support.ts';
import { OUTSIDE, states } from './support.ts';

async function sdkOf(sandbox: Json, extensionNumber: string) {
  return officialSdk(sandbox, (await sandbox.control('POST', '/logins', { extensionNumber })).body);
}

states(
  '11.1',
  'observed',
  'the SDK refreshes after a 401, asks for -1 and gets 600 s',
  async ({ sandbox, number }) => {
    const sdk = await sdkOf(sandbox, number);
    await sandbox.fault({ kind: 'expire-access-token' });
    const extension: Json = await (await sdk.platform().get('/restapi/v1.0/account/~/extension/~')).json();
    expect(extension.extensionNumber).toBe(number);
    expect((await sdk.platform().auth().data()).expires_in).toBe(600);
  },
);

states(
  '11.1',
  'observed',
  'both shapes of a permission error have words for the SDK',
  async ({ sandbox, number }) => {
    for (const permissionErrors of ['code', 'word']) {
      await sandbox.control('PATCH', '/account', { permissionErrors });
      const login = { extensionNumber: number, scopes: ['ReadPresence'] };
      const sdk = await officialSdk(sandbox, (await sandbox.control('POST', '/logins', login)).body);
      const failure: Json = await sdk
        .platform()
        .get('/restapi/v1.0/account/~')
        .catch((error: Error) => error);
      expect(failure.message).toContain('ReadAccounts');
    }
  },
);

states(
  '11.3',
  'observed',
  'call control SDK: hold, mute, transfer, whatever the shape of peerId',
  async (scene) => {
    for (const peerIds of ['legacy', 'telephony', 'session']) {
      const desk = await officialDesk(scene.number, scene.sandbox);
      await scene.sandbox.control('PATCH', '/account', { peerIds });
      const id = await scene.sandbox.connectedCall(scene.number, OUTSIDE, { deviceId: scene.desk });
      const session = await sessionIn(desk, id, 'Answered');
      await session.hold();
      expect(session.party.status.code).toBe('Hold');
      await session.unhold();
      await session.mute();
      expect((await scene.sandbox.partyOf(id, scene.number)).muted).toBe(true);
      await session.transfer({ extensionNumber: '103' });
      await scene.sandbox.advance(1000);
      expect((await scene.sandbox.partyOf(id, '103')).status.code).toBe('Proceeding');
      await scene.sandbox.control('DELETE', `/calls/${id}`);
    }
  },
);

// A test of somebody's app on the sandbox: no account, no phone, and what people do is a request of the test.
//   npm install ringcentral-sandbox @ringcentral/sdk && node --test app.test.js
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import RingCentral from '@ringcentral/sdk';
import { startSandbox } from 'ringcentral-sandbox';

/** The app: who withholds their number gets the assistant, extension 102. */
async function forwardAnonymous(platform) {
  const answer = await platform.get(
    '/restapi/v1.0/account/~/extension/~/presence?detailedTelephonyState=true',
  );
  const { activeCalls = [] } = await answer.json();
  for (const { telephonySessionId, partyId, from, telephonyStatus } of activeCalls) {
    if (telephonyStatus !== 'Ringing' || from !== 'anonymous') continue;
    await platform.post(
      `/restapi/v1.0/account/~/telephony/sessions/${telephonySessionId}/parties/${partyId}/forward`,
      { extensionNumber: '102' },
    );
  }
}

test('only a caller without a number is forwarded', async (context) => {
  const sandbox = await startSandbox();
  context.after(() => sandbox.close());
  const { serverUrl: server, clientId, clientSecret, jwt } = sandbox;
  const platform = new RingCentral.SDK({ server, clientId, clientSecret }).platform();
  await platform.login({ jwt });

  /** Who rings where now. */
  const ringing = async () => {
    const { calls } = await (await fetch(`${sandbox.controlUrl}/state`)).json();
    return calls
      .flatMap(({ parties }) => parties)
      .filter(({ direction, status }) => direction === 'Inbound' && status.code === 'Proceeding')
      .map(({ from, to }) => `${from.phoneNumber} at ${to.phoneNumber}`)
      .sort();
  };
  const dial = (phoneNumber) =>
    fetch(`${sandbox.controlUrl}/calls`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ from: { phoneNumber }, to: { extensionNumber: '101' } }),
    });

  await dial('+12125550123');
  await dial('anonymous');
  while ((await ringing()).length < 2) await setTimeout(20);
  await forwardAnonymous(platform);
  while ((await ringing()).length < 2) await setTimeout(20);
  assert.deepEqual(await ringing(), ['+12125550123 at 101', 'anonymous at 102']);

  await platform.logout();
});

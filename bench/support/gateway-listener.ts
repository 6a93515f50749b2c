import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { SandboxAddress } from '../../test/e2e/support/process.ts';
import { Platform } from './platform.ts';

/** What an event tells of one party. */
export type OnEvent = (telephonySessionId: string, code: string) => void;

/**
 * Hears the events of these extensions with nothing between the platform's gateway and the bench: when they were sent.
 * Answers a function that ends it.
 */
export async function listenDirectly(
  address: SandboxAddress,
  extensionIds: Iterable<string>,
  onEvent: OnEvent,
): Promise<() => void> {
  const { token } = await Platform.login(address);
  const answer = await fetch(`${address.serverUrl}/restapi/oauth/wstoken`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  const { uri, ws_access_token } = (await answer.json()) as { uri: string; ws_access_token: string };
  const socket = new WebSocket(`${uri}?access_token=${ws_access_token}`);
  await once(socket, 'message');
  const eventFilters = [...extensionIds].map(
    (id) => `/restapi/v1.0/account/~/extension/${id}/telephony/sessions`,
  );
  const meta = { type: 'ClientRequest', messageId: randomUUID(), method: 'POST' };
  const body = { eventFilters, deliveryMode: { transportType: 'WebSocket' } };
  const subscribed = once(socket, 'message');
  socket.send(JSON.stringify([{ ...meta, path: '/restapi/v1.0/subscription' }, body]));
  const [{ status }] = JSON.parse(String((await subscribed)[0]));
  if (status !== 200) throw new Error(`the gateway answered ${status}`);
  socket.on('message', (data) => {
    const [{ type }, told] = JSON.parse(String(data));
    if (type !== 'ServerNotification') return;
    const { telephonySessionId, parties = [] } = told.body;
    for (const party of parties) onEvent(telephonySessionId, party.status.code);
  });
  return () => socket.close();
}

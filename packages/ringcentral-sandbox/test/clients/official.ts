import { SDK } from '@ringcentral/sdk';
import { Subscriptions } from '@ringcentral/subscriptions';
import { RingCentralCallControl } from 'ringcentral-call-control';
import { closing, type Json, openSandbox, type TestSandbox } from '../support.ts';

let instances = 0;

/**
 * RingCentral's own client, as published. Each has a cache of its own: by default they share one (platform.md 11.1).
 */
export async function officialSdk(sandbox: TestSandbox, credentials: Json = sandbox): Promise<SDK> {
  const { clientId, clientSecret, jwt } = credentials;
  const cachePrefix = `test-${instances++}-`;
  const sdk = new SDK({ server: sandbox.serverUrl, clientId, clientSecret, cachePrefix });
  await sdk.platform().login({ jwt });
  return sdk;
}

export interface Feed {
  /** The @rc-ex subscription that `register` gives, with its WebSocket extension. */
  registration: Json;
  notifications: Json[];
  /** Until a notification fits; looks at those that came already, too. */
  received(fits: (envelope: Json) => boolean): Promise<Json>;
}

/** RingCentral's own subscription client; its background loops end with the test. */
export async function officialFeed(
  sdk: SDK,
  filters: string[],
  onNotification: (envelope: Json) => void = () => undefined,
): Promise<Feed> {
  const subscription = new Subscriptions({ sdk }).createSubscription();
  const notifications: Json[] = [];
  let waiting: { fits: (envelope: Json) => boolean; resolve: (envelope: Json) => void }[] = [];
  subscription.setEventFilters(filters.map((filter) => `/restapi/v1.0${filter}`));
  subscription.on(subscription.events.notification, (envelope: Json) => {
    onNotification(envelope);
    notifications.push(envelope);
    const satisfied = waiting.filter(({ fits }) => fits(envelope));
    waiting = waiting.filter((one) => !satisfied.includes(one));
    for (const { resolve } of satisfied) resolve(envelope);
  });
  const registration: Json = await subscription.register();
  closing({
    close() {
      registration.wse.disable();
      clearInterval(registration.wse.intervalHandle);
      registration.wse.ws.close();
    },
  });
  return {
    registration,
    notifications,
    received(fits) {
      const known = notifications.find(fits);
      return known ? Promise.resolve(known) : new Promise((resolve) => waiting.push({ fits, resolve }));
    },
  };
}

export interface Desk {
  sandbox: TestSandbox;
  sdk: SDK;
  feed: Feed;
  callControl: RingCentralCallControl;
}

/** The call control SDK at work, as its README wires it, for a user of the default world. */
export async function officialDesk(extensionNumber = '101', sandbox?: TestSandbox): Promise<Desk> {
  const world = sandbox ?? (await openSandbox());
  const credentials = (await world.control('POST', '/logins', { extensionNumber })).body;
  const sdk = await officialSdk(world, credentials);
  const callControl = new RingCentralCallControl({ sdk });
  const feed = await officialFeed(sdk, ['/account/~/extension/~/telephony/sessions'], (envelope) =>
    callControl.onNotificationEvent(envelope),
  );
  await callControl.initialize();
  return { sandbox: world, sdk, feed, callControl };
}

/** The first session that the SDK shows, once it has an event with that status of the own party. */
export async function sessionIn(desk: Desk, telephonySessionId: string, code: string): Promise<Json> {
  await desk.feed.received(
    ({ body }) => body.telephonySessionId === telephonySessionId && body.parties[0].status.code === code,
  );
  const session = desk.callControl.sessions.find(({ id }) => id === telephonySessionId);
  if (!session) throw new Error(`The SDK shows no session ${telephonySessionId}`);
  return session;
}

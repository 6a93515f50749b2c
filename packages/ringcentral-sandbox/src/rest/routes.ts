import { accountRoutes } from './lookups/account.ts';
import { callLogRoutes } from './lookups/call-log.ts';
import { deviceRoutes } from './lookups/devices.ts';
import { directoryRoutes } from './lookups/directory.ts';
import { extensionRoutes } from './lookups/extensions.ts';
import { groupRoutes } from './lookups/groups.ts';
import { presenceRoutes } from './lookups/presence.ts';
import { profileRoutes } from './lookups/profile.ts';
import { numberParserRoutes } from './number-parser.ts';
import { operationRoutes } from './operations.ts';
import { ringOutRoutes } from './ring-out.ts';
import type { Route } from './route.ts';
import { sipProvisionRoutes } from './sip-provision.ts';
import { subscriptionRoutes } from './subscriptions.ts';

/** Every operation of the API beside OAuth. */
export const routes: readonly Route[] = [
  ...operationRoutes,
  ...accountRoutes,
  ...extensionRoutes,
  ...deviceRoutes,
  ...directoryRoutes,
  ...groupRoutes,
  ...presenceRoutes,
  ...callLogRoutes,
  ...profileRoutes,
  ...numberParserRoutes,
  ...sipProvisionRoutes,
  ...ringOutRoutes,
  ...subscriptionRoutes,
];

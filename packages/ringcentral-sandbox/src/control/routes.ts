import { z } from 'zod';
import { ACT_NAMES } from '../engine/api.ts';
import type { ApiReply } from '../rest/exchange.ts';
import { openApiDocument } from '../rest/openapi.ts';
import { info } from '../rest/subscriptions.ts';
import { startFault } from './fault-effects.ts';
import { faultSchema } from './fault-kinds.ts';
import { loginRoutes } from './logins.ts';
import { extensionRoutes } from './new-extensions.ts';
import {
  ControlError,
  type ControlParts,
  type ControlRequest,
  type ControlRoute,
  manualClock,
  validate,
} from './route.ts';
import { worldRoutes } from './world-patches.ts';

const CALL = '/calls/{telephonySessionId}';

/** The whole control interface. */
export const controlRoutes: readonly ControlRoute[] = [
  { method: 'GET', path: '/state', handle: readState },
  { method: 'GET', path: '/openapi.json', handle: (_, { serverUrl }) => ok(openApiDocument(serverUrl)) },
  { method: 'POST', path: '/calls', handle: placeCall },
  { method: 'POST', path: `${CALL}/parties/{partyId}/{act}`, handle: act },
  { method: 'DELETE', path: CALL, handle: dropCall },
  { method: 'DELETE', path: '/calls', handle: dropCalls },
  { method: 'POST', path: '/events', handle: injectEvents },
  { method: 'GET', path: '/requests', handle: readRequests },
  { method: 'POST', path: '/faults', handle: addFault },
  { method: 'GET', path: '/faults', handle: (_, { faults }) => ok({ faults: faults.active() }) },
  { method: 'DELETE', path: '/faults', handle: clearFaults },
  { method: 'DELETE', path: '/scenario', handle: stopScenario },
  ...worldRoutes,
  ...extensionRoutes,
  ...loginRoutes,
  { method: 'POST', path: '/clock', handle: advanceClock },
  { method: 'POST', path: '/reset', handle: reset },
];

function readState(_: ControlRequest, parts: ControlParts): ApiReply {
  const subscriptions = parts.subscriptions.all().map((subscription) => ({
    ownerId: subscription.ownerId,
    ...info(subscription, parts),
  }));
  return ok({ ...parts.engine.state(), subscriptions });
}

const dialled = z.strictObject({
  phoneNumber: z.string().optional(),
  extensionNumber: z.string().optional(),
});
const callSchema = z.strictObject({
  from: z.strictObject({
    ...dialled.shape,
    name: z.string().max(100_000).optional(),
    deviceId: z.string().optional(),
    emergencyCallback: z.boolean().optional(),
  }),
  to: dialled,
});

function placeCall({ body }: ControlRequest, { engine }: ControlParts): ApiReply {
  return { status: 201, body: engine.placeCall(validate(callSchema, body)) };
}

const actSchema = z.strictObject({
  deviceId: z.string().optional(),
  digits: z.string().optional(),
  phoneNumber: z.string().optional(),
  extensionNumber: z.string().optional(),
});

function act({ path, body }: ControlRequest, { engine }: ControlParts): ApiReply {
  const name = ACT_NAMES.find((candidate) => candidate === path.act);
  if (!name) throw new ControlError(404, `There is no act "${path.act}"; there are ${ACT_NAMES.join(', ')}`);
  engine.act(path.telephonySessionId ?? '', path.partyId ?? '', name, validate(actSchema, body));
  return noContent;
}

function dropCall({ path }: ControlRequest, { engine }: ControlParts): ApiReply {
  engine.dropCall(path.telephonySessionId ?? '');
  return noContent;
}

function dropCalls(_: ControlRequest, { engine }: ControlParts): ApiReply {
  engine.dropCalls();
  return noContent;
}

/** Other members are delivered as they are: a test may want to see what its client does with an odd body. */
const eventSchema = z.looseObject({
  telephonySessionId: z.string().min(1).max(200),
  parties: z.array(z.looseObject({})).max(100),
});
const eventsSchema = z.strictObject({ events: z.array(eventSchema).min(1).max(100_000) });

function injectEvents({ body }: ControlRequest, { engine }: ControlParts): ApiReply {
  engine.injectEvents(validate(eventsSchema, body).events);
  return noContent;
}

function readRequests({ query }: ControlRequest, { log }: ControlParts): ApiReply {
  const since = Number(query.get('since') ?? 0);
  if (!Number.isInteger(since)) throw new ControlError(400, 'since: a sequence number is expected');
  return ok(log.since(since));
}

function addFault({ body }: ControlRequest, parts: ControlParts): ApiReply {
  const fault = validate(faultSchema, body);
  startFault(fault, parts);
  return { status: 201, body: fault };
}

function clearFaults(_: ControlRequest, { faults, notificationFaults }: ControlParts): ApiReply {
  faults.clear();
  notificationFaults.release();
  return noContent;
}

/** Ends the scenario until the next reset. Calls that are live stay, and phones that ring are not answered. */
function stopScenario(_: ControlRequest, parts: ControlParts): ApiReply {
  parts.stopScenario();
  return noContent;
}

/** Twenty years: longer than any timer of the sandbox. */
const FARTHEST_MS = 20 * 366 * 86_400_000;
const clockSchema = z.strictObject({ advanceMs: z.number().nonnegative().max(FARTHEST_MS) });

function advanceClock({ body }: ControlRequest, { clock }: ControlParts): ApiReply {
  const manual = manualClock(clock);
  manual.advance(validate(clockSchema, body).advanceMs);
  return ok({ now: new Date(manual.now()).toISOString() });
}

function reset(_: ControlRequest, parts: ControlParts): ApiReply {
  parts.reset();
  return noContent;
}

const noContent: ApiReply = { status: 204 };
const ok = (body: unknown): ApiReply => ({ status: 200, body });

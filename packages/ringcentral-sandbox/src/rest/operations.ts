import type { Clock } from '../clock.ts';
import type { Engine, OperationName } from '../engine/api.ts';
import type { RateLimitGroup } from './rate-limits.ts';
import { type ApiCall, pathParameter, type Route } from './route.ts';

const TELEPHONY = '/restapi/v1.0/account/{accountId}/telephony';
const SESSION = `${TELEPHONY}/sessions/{telephonySessionId}`;
const PARTY = `${SESSION}/parties/{partyId}`;

/** The route of one of the 24 operations. */
export interface OperationRoute extends Route {
  readonly operation: OperationName;
}

/** The 24 Call Control operations (platform.md 2.1). All need `CallControl` (platform.md 1.8). */
export const operationRoutes: readonly OperationRoute[] = [
  operation('POST', `${TELEPHONY}/call-out`, 'createCallOutCallSession', 'heavy'),
  operation('POST', `${TELEPHONY}/conference`, 'createConferenceCallSession', 'heavy'),
  {
    ...operation('GET', SESSION, 'readCallSessionStatus'),
    async handle(call, { engine, clock }) {
      await longPoll(call, engine, clock);
      return engine.operate('readCallSessionStatus', call.actor, call.path, undefined);
    },
  },
  operation('DELETE', SESSION, 'deleteCallSession'),
  operation('POST', `${SESSION}/parties/bring-in`, 'createCallPartyWithBringIn'),
  operation('GET', PARTY, 'readCallPartyStatus'),
  operation('PATCH', PARTY, 'updateCallParty'),
  operation('DELETE', PARTY, 'deleteCallParty'),
  operation('POST', `${PARTY}/hold`, 'holdCallParty'),
  operation('POST', `${PARTY}/unhold`, 'unholdCallParty'),
  operation('POST', `${PARTY}/park`, 'callParkParty'),
  operation('POST', `${PARTY}/flip`, 'callFlipParty'),
  operation('POST', `${PARTY}/reply`, 'replyParty'),
  operation('POST', `${PARTY}/bridge`, 'bridgeCallParty'),
  operation('POST', `${PARTY}/ignore`, 'ignoreCallInQueue'),
  operation('POST', `${PARTY}/supervise`, 'superviseCallParty'),
  operation('POST', `${PARTY}/reject`, 'rejectParty'),
  operation('POST', `${PARTY}/recordings`, 'startCallRecording'),
  operation('PATCH', `${PARTY}/recordings/{recordingId}`, 'pauseResumeCallRecording'),
  operation('POST', `${PARTY}/answer`, 'answerCallParty'),
  operation('POST', `${PARTY}/transfer`, 'transferCallParty'),
  operation('POST', `${PARTY}/pickup`, 'pickupCallParty'),
  operation('POST', `${PARTY}/forward`, 'forwardCallParty'),
  operation('POST', `${SESSION}/supervise`, 'superviseCallSession'),
];

function operation(
  method: Route['method'],
  path: string,
  name: OperationName,
  group: RateLimitGroup = 'light',
): OperationRoute {
  return {
    operation: name,
    method,
    path,
    group,
    appPermission: 'CallControl',
    handle: ({ actor, path: ids, body }, { engine }) => engine.operate(name, actor, ids, body),
  };
}

/** Longest wait for a change (assumed). */
const LONGEST_POLL_MS = 60_000;

/**
 * Waits until the session changes, for a request with the query parameters `timestamp`, of the latest change that the
 * caller knows, and `timeout`, in milliseconds (assumed), of which a minute counts at most (platform.md 2.3.3).
 *
 * @returns undefined where there is nothing to wait for: without both parameters, for an unknown session, and for one
 * that has changed after `timestamp`; a `timestamp` that is no time is never too old
 */
function longPoll(call: ApiCall, engine: Engine, clock: Clock): Promise<void> | undefined {
  const timeout = Number(call.query.get('timeout'));
  const timestamp = call.query.get('timestamp');
  if (timestamp === null || !(timeout > 0)) return undefined;
  const id = pathParameter(call, 'telephonySessionId');
  const changedAt = engine.changedAt(id);
  if (changedAt === undefined || changedAt > Date.parse(timestamp)) return undefined;
  return new Promise((resolve) => {
    const stopListening = engine.changed(id, () => {
      stopTimer();
      resolve();
    });
    const stopTimer = clock.setTimeout(
      () => {
        stopListening();
        resolve();
      },
      Math.min(timeout, LONGEST_POLL_MS),
    );
  });
}

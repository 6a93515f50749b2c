import type { Clock } from '../shared/clock.ts';
import { createLookups } from './lookups/lookups.ts';
import { prepareOperation, readOperation } from './operations.ts';
import type { Platform } from './platform.ts';
import { unreadable } from './rest/errors.ts';
import type { RestClient } from './rest/rest-client.ts';

/** Creates the REST side of one login. Nothing is sent before the first use; closing revokes the login. */
export function createPlatform(rest: RestClient, clock: Clock): Platform {
  return {
    ...createLookups(rest, clock),
    prepare: (name, path) => prepareOperation(rest, name, path),
    read: (name, path, options) => readOperation(rest, name, path, options),
    async readSession(telephonySessionId, options) {
      const { session } = await readOperation(
        rest,
        'read_call_session_status',
        { telephonySessionId },
        options,
      );
      if (!session) throw unreadable('Read call');
      return session;
    },
    close: rest.close,
  };
}

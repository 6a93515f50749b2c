import { ownParty } from '../calls/store/own-party.ts';
import { parkedParty } from '../calls/store/parked-party.ts';
import { awaitFirstSync } from '../calls/sync/first-sync.ts';
import { formatCall, formatStaleness } from '../presentation/format.ts';
import { presentSession } from '../presentation/views.ts';
import { advise } from './runtime/advise.ts';
import { defineTool } from './runtime/define-tool.ts';
import { formatTrouble, readCall } from './runtime/find-call.ts';
import { fresh, telephonySessionId } from './runtime/parameters.ts';
import { resolveCall } from './runtime/resolve-call.ts';
import { cursor, next, object } from './runtime/result.ts';

export const readCallSessionStatus = defineTool({
  name: 'read_call_session_status',
  title: 'Read a call',
  description:
    'Read one call: parties, numbers, states, recordings, yourPartyId, linked calls. Nobody hears it. Works ' +
    'while live and a while after. For ids use list_active_calls, for one party read_call_party_status, to ' +
    'wait wait_for_call_event.',
  input: { telephonySessionId, fresh },
  output: { call: object, next, cursor },
  risk: 'read',
  idempotent: true,
  async run(args, context) {
    const { calls, sync, clock } = context.line;
    await awaitFirstSync(sync);
    const { id } = await resolveCall(args.telephonySessionId, { acts: false }, context);
    const { call, trouble } = await readCall(id, args, context);
    const now = clock.now();
    return {
      text: [`${formatCall(call, now)}.`, formatTrouble(trouble), formatStaleness(sync.status(), now)]
        .filter(Boolean)
        .join(' '),
      data: { call: presentSession(call) },
      next: advise(
        {
          call,
          party: parkedParty(call) ?? ownParty(call),
          used: { tool: 'read_call_session_status', args },
        },
        context,
      ),
      told: { cursor: calls.history.newest, calls: [call.id] },
    };
  },
});

import type { PartyView } from '../calls/store/views.ts';
import { awaitFirstSync } from '../calls/sync/first-sync.ts';
import { formatPerson, formatStaleness } from '../presentation/format.ts';
import { presentParty } from '../presentation/views.ts';
import { advise } from './runtime/advise.ts';
import { defineTool } from './runtime/define-tool.ts';
import { findIn, formatTrouble, readCall } from './runtime/find-call.ts';
import { fresh, partyId, telephonySessionId } from './runtime/parameters.ts';
import { resolveCall } from './runtime/resolve-call.ts';
import { cursor, next, object } from './runtime/result.ts';

export const readCallPartyStatus = defineTool({
  name: 'read_call_party_status',
  title: 'Read one party',
  description:
    'Read one party: state, reason, number, mute, recordings, park code, ring, talk and hold times. Nobody ' +
    'hears it. Works in every state. For the whole call and its party ids use read_call_session_status.',
  input: { telephonySessionId, partyId: () => partyId('Any party'), fresh },
  output: { party: object, next, cursor },
  risk: 'read',
  idempotent: true,
  async run(args, context) {
    const { calls, sync, clock } = context.line;
    await awaitFirstSync(sync);
    const { partyId } = args;
    const { id: telephonySessionId } = await resolveCall(args.telephonySessionId, { acts: false }, context);
    const read = await readCall(telephonySessionId, args, context);
    const { call, party } = await findIn(read.call, partyId, context);
    const now = clock.now();
    return {
      text: [
        `${formatPerson(party, now)}.${times(party)}`,
        formatTrouble(read.trouble),
        formatStaleness(sync.status(), now),
      ]
        .filter(Boolean)
        .join(' '),
      data: { party: presentParty(party) },
      next: advise({ call, party: party, used: { tool: 'read_call_party_status', args } }, context),
      told: { cursor: calls.history.newest, calls: [call.id] },
    };
  },
});

/** Ring, talk and hold times in seconds, as far as they are known, as a sentence. */
function times({ metrics = {} }: PartyView): string {
  const known = Object.entries(metrics).map(
    ([name, ms]) => `${name.replace(/Ms$/, '')} ${Math.round(ms / 1_000)} s`,
  );
  return known.length > 0 ? ` Times: ${known.join(', ')}.` : '';
}

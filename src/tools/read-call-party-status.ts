import { z } from 'zod';
import type { PartyView } from '../calls/store/views.ts';
import { awaitFirstSync } from '../calls/sync/first-sync.ts';
import { formatNext, formatPerson, formatStaleness, nextTools } from '../presentation/format.ts';
import { presentParty } from '../presentation/views.ts';
import { defineTool } from './runtime/define-tool.ts';
import { findIn, formatTrouble, readCall } from './runtime/find-call.ts';
import { fresh, partyId, telephonySessionId } from './runtime/parameters.ts';
import { resolveCall } from './runtime/resolve-call.ts';
import { cursor, object } from './runtime/result.ts';

export const readCallPartyStatus = defineTool({
  name: 'read_call_party_status',
  title: 'Read one party',
  description:
    'Read one party: state, reason, number, mute, recordings, park code, ring, talk and hold times. Nobody ' +
    'hears it. Works in every state. For the whole call and its party ids use read_call_session_status.',
  input: { telephonySessionId, partyId: () => partyId('Any party'), fresh },
  output: { party: object, next: () => z.array(z.string()), cursor },
  risk: 'read',
  idempotent: true,
  async run(args, context) {
    const { calls, sync, clock } = context.line;
    await awaitFirstSync(sync);
    const { partyId } = args;
    const { id: telephonySessionId } = await resolveCall(args.telephonySessionId, { acts: false }, context);
    const read = await readCall(telephonySessionId, args, context);
    const { call, party } = await findIn(read.call, partyId, context);
    const next = nextTools(call, party, context);
    const now = clock.now();
    return {
      text: [
        `${formatPerson(party, now)}.${times(party)}`,
        formatTrouble(read.trouble),
        formatStaleness(sync.status(), now),
        formatNext(next),
      ]
        .filter(Boolean)
        .join(' '),
      data: { party: presentParty(party), next },
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

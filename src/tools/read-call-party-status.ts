import { z } from 'zod';
import type { PartyView } from '../calls/view.ts';
import { presentParty } from '../resources/present.ts';
import { fresh, partyId, telephonySessionId } from './parameters.ts';
import { firstPicture } from './picture.ts';
import { findNamedParty } from './resolve.ts';
import { object, output } from './result.ts';
import { defineTool } from './tool.ts';
import { nextTools, nextWords, personWords } from './words.ts';

export const readCallPartyStatus = defineTool({
  name: 'read_call_party_status',
  title: 'Read one party',
  description:
    'Read one party: state, reason, number, mute, recordings, park code, ring, talk and hold times. Nobody ' +
    'hears it. Works in every state. For the whole call and its party ids use read_call_session_status.',
  input: z.object({ telephonySessionId, partyId: partyId('Any party'), fresh }),
  output: output({ party: object, next: z.array(z.string()) }),
  risk: 'read',
  idempotent: true,
  async run(args, context) {
    await firstPicture(context.app.keeper);
    const { telephonySessionId, partyId, fresh } = args;
    const { call, party } = await findNamedParty(telephonySessionId, partyId, context, { fresh });
    const next = nextTools(call, party, context);
    return {
      text: `${personWords(party)}.${times(party)} ${nextWords(next)}`.trim(),
      data: { party: presentParty(party), next },
    };
  },
});

/** Ring, talk and hold times in seconds, as far as they are known. */
function times({ metrics = {} }: PartyView): string {
  const known = Object.entries(metrics).map(
    ([name, ms]) => `${name.replace(/Ms$/, '')} ${Math.round(ms / 1_000)} s`,
  );
  return known.length > 0 ? ` Times: ${known.join(', ')}.` : '';
}

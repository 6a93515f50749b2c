import { z } from 'zod';
import type { PartyView } from '../calls/view.ts';
import { presentParty } from '../resources/present.ts';
import { fresh, partyId, telephonySessionId } from './parameters.ts';
import { firstPicture } from './picture.ts';
import { findIn, readCall, troubleWords } from './resolve.ts';
import { object, output } from './result.ts';
import { defineTool } from './tool.ts';
import { doubt, nextTools, nextWords, personWords } from './words.ts';

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
    const { keeper, clock } = context.app;
    await firstPicture(keeper);
    const { telephonySessionId, partyId } = args;
    const read = await readCall(telephonySessionId, args, context);
    const { call, party } = await findIn(read.call, partyId, context);
    const next = nextTools(call, party, context);
    const now = clock.now();
    return {
      text: [
        `${personWords(party, now)}.${times(party)}`,
        troubleWords(read.trouble),
        doubt(keeper.status(), now),
        nextWords(next),
      ]
        .filter(Boolean)
        .join(' '),
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

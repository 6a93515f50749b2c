import { z } from 'zod';
import { presentParty } from '../resources/present.ts';
import { fresh, partyId, telephonySessionId } from './parameters.ts';
import { firstPictureMs } from './picture.ts';
import { findNamedParty } from './resolve.ts';
import { object, output } from './result.ts';
import { defineTool } from './tool.ts';
import { nextTools, partyWords } from './words.ts';

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
    const { app, signal } = context;
    await app.keeper.ready(firstPictureMs);
    if (args.fresh) await app.keeper.refresh(args.telephonySessionId, { signal });
    const { call, party } = await findNamedParty(args.telephonySessionId, args.partyId, context);
    const next =
      party?.id === call.yourPartyId ? nextTools(party, app.readOnly) : ['read_call_session_status'];
    return {
      text: `${party ? partyWords(party) : args.partyId}. Next: ${next.join(', ')}.`,
      data: { ...(party && { party: presentParty(party) }), next },
    };
  },
});

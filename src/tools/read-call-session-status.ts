import { z } from 'zod';
import { presentSession } from '../resources/present.ts';
import { fresh, telephonySessionId } from './parameters.ts';
import { firstPicture } from './picture.ts';
import { findCall } from './resolve.ts';
import { object, output } from './result.ts';
import { defineTool } from './tool.ts';
import { callText, nextTools, nextWords, ownParty } from './words.ts';

export const readCallSessionStatus = defineTool({
  name: 'read_call_session_status',
  title: 'Read a call',
  description:
    'Read one call: parties, numbers, states, recordings, yourPartyId, linked calls. Nobody hears it. Works ' +
    'while live and a while after. For ids use list_active_calls, for one party read_call_party_status, to ' +
    'wait wait_for_call_event.',
  input: z.object({ telephonySessionId, fresh }),
  output: output({ call: object, next: z.array(z.string()) }),
  risk: 'read',
  idempotent: true,
  async run(args, context) {
    await firstPicture(context.app.keeper);
    const call = await findCall(args.telephonySessionId, context, { fresh: args.fresh });
    const next = nextTools(call, ownParty(call), context);
    return {
      text: `${callText(call)}. ${nextWords(next)}`.trim(),
      data: { call: presentSession(call), next },
    };
  },
});

import { z } from 'zod';
import type { SessionView } from '../calls/view.ts';
import { presentSession } from '../resources/present.ts';
import { hasLeft } from '../ringcentral/wire/session.ts';
import { fresh } from './parameters.ts';
import { firstPicture } from './picture.ts';
import { object, objects, output } from './result.ts';
import { defineTool } from './tool.ts';
import { callLine, doubt, ownParty } from './words.ts';

const page = 50;

export const listActiveCalls = defineTool({
  name: 'list_active_calls',
  title: 'List active calls',
  description:
    'List live calls, newest first: ids, who is on them, states, yourPartyId. Start here. Nobody hears it. ' +
    'For one call in full use read_call_session_status, to wait for calls wait_for_call_event.',
  input: z.object({
    limit: z.number().int().min(1).max(200).optional().describe(`At most so many, default ${page}`),
    offset: z.number().int().min(0).optional().describe('Skip so many, default 0'),
    fresh,
  }),
  output: output({
    calls: objects,
    total: z.number(),
    left: z.array(z.string()).describe('Ids of those that you are no longer on'),
    feed: object,
  }),
  risk: 'read',
  idempotent: true,
  async run({ limit = page, offset = 0, fresh }, { app: { calls, keeper } }) {
    await firstPicture(keeper);
    if (fresh) await keeper.refreshAll();
    const feed = keeper.status();
    const shown = calls.active({ offset, limit });
    const total = calls.activeCount;
    const left = shown.filter(isLeft);
    const live = shown.filter((call) => !isLeft(call));
    const line = (call: SessionView) => `- ${callLine(call)}`;
    const end = offset + shown.length;
    return {
      text: [
        headline(live.length, { offset, end, total }),
        ...live.map(line),
        left.length > 0 && 'You are no longer on these, where others talk on or wait:',
        ...left.map(line),
        end < total && `More: offset ${end}.`,
        doubt(feed),
      ]
        .filter(Boolean)
        .join('\n'),
      data: { calls: shown.map(presentSession), total, left: left.map(({ id }) => id), feed },
    };
  },
});

/** Your leg has ended, the call goes on: you transferred, parked or bridged it, or somebody else took it. */
function isLeft(call: SessionView): boolean {
  const own = ownParty(call);
  return own !== undefined && hasLeft(own);
}

function headline(live: number, { offset, end, total }: { offset: number; end: number; total: number }) {
  if (total > 0 && end <= offset) return `There are only ${total}: none from offset ${offset} on.`;
  if (offset > 0 || end < total) return `Calls ${offset + 1} to ${end} of ${total}:`;
  return live === 0 ? 'No active calls.' : `${live} active ${live === 1 ? 'call' : 'calls'}:`;
}

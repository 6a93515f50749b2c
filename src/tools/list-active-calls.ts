import { z } from 'zod';
import { presentSession } from '../resources/present.ts';
import { fresh } from './parameters.ts';
import { firstPicture } from './picture.ts';
import { object, objects, output } from './result.ts';
import { defineTool } from './tool.ts';
import { callLine, doubt } from './words.ts';

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
  output: output({ calls: objects, total: z.number(), feed: object }),
  risk: 'read',
  idempotent: true,
  async run({ limit = page, offset = 0, fresh }, { app: { calls, keeper } }) {
    await firstPicture(keeper);
    if (fresh) await keeper.refreshAll();
    const feed = keeper.status();
    const shown = calls.active({ offset, limit });
    const total = calls.activeCount;
    const lines = shown.map((call) => `- ${callLine(call)}`);
    const more = offset + shown.length < total ? `More: offset ${offset + shown.length}.` : '';
    const head = total === 0 ? 'No active calls.' : `${total} active ${total === 1 ? 'call' : 'calls'}:`;
    return {
      text: [head, ...lines, more, doubt(feed)].filter(Boolean).join('\n'),
      data: { calls: shown.map(presentSession), total, feed },
    };
  },
});

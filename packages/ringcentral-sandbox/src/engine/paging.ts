import type { Party } from './model.ts';
import type { Pbx } from './pbx.ts';
import { noteReached } from './reached.ts';
import { answer } from './ringing.ts';

/**
 * A paging group answers at once: the loudspeakers of its members' desk phones play what the caller says, and nobody
 * there can speak. That it is one leg of the group's extension, and no leg of any member, is assumed.
 */
export function page(pbx: Pbx, leg: Party): void {
  const { devices, pagingGroups } = pbx.world;
  const members = pagingGroups.get(leg.extensionId ?? '')?.members ?? [];
  leg.pages = [...devices.values()]
    .filter(({ extensionId, status }) => members.includes(extensionId) && status === 'Online')
    .filter(({ features }) => features.includes('Paging'))
    .map(({ id }) => id);
  noteReached(pbx, leg, 'pages', leg.pages);
  answer(pbx, leg);
}

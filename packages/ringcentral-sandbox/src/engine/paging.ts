import type { Party } from './model.ts';
import type { Pbx } from './pbx.ts';
import { noteReached } from './reached.ts';
import { answer } from './ringing.ts';

/**
 * A paging group's leg is answered at once: the loudspeakers of its members' desk phones that are online play the
 * caller's voice, and nothing comes back. That it is one leg of the group, and none of its members, is assumed.
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

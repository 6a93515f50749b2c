import type { Keeper } from '../calls/keeper.ts';

/** The first read waits at most this long for the first picture (INTERFACES "Resources"). */
const patienceMs = 5_000;

/**
 * Opens the feed and waits a moment for the first picture. Where RingCentral is known not to answer nobody waits:
 * the read goes on with what there is, which says that it is stale.
 */
export async function firstPicture(keeper: Keeper): Promise<void> {
  keeper.open();
  const { state } = keeper.status();
  if (state !== 'waiting' && state !== 'denied') await keeper.ready(patienceMs);
}

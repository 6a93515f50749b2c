import type { Keeper } from './call-sync.ts';

/** Opens the feed and waits a moment for the first picture; for who needs one call, and who "you" is in it. */
export async function firstPicture(keeper: Keeper): Promise<void> {
  keeper.open();
  if (keeper.blindness) await keeper.look();
}

/**
 * For who needs all calls: what events do not tell is read now.
 * Throws the cause where nothing was ever read: "no calls" would be a guess.
 */
export async function wholePicture(keeper: Keeper): Promise<void> {
  await keeper.look();
  const { blindness } = keeper;
  if (blindness) throw blindness;
}

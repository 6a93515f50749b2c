import type { Sync } from './sync.ts';

/** Opens the feed and waits a moment for the first sync; for who needs one call, and who "you" is in it. */
export async function awaitFirstSync(sync: Sync): Promise<void> {
  sync.open();
  await sync.caughtUp();
  if (sync.unavailableReason) await sync.ensureFresh();
}

/**
 * For who needs all calls: what events do not tell is read now.
 * Throws the cause where nothing was ever read: "no calls" would be a guess.
 */
export async function requireFreshCalls(sync: Sync): Promise<void> {
  await sync.ensureFresh();
  const { unavailableReason } = sync;
  if (unavailableReason) throw unavailableReason;
}

import type { SessionView } from './views.ts';

/** The login's own party of a call, as far as it is known. */
export const ownParty = (call: SessionView | undefined) =>
  call?.parties.find(({ id }) => id === call.yourPartyId);

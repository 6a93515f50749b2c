import type { Line } from '../../app/line.ts';
import type { SessionView } from '../../calls/store/views.ts';
import { isConference } from '../../ringcentral/wire/session.ts';

/** A conference that was opened and that nobody has joined yet. */
export const waitingConference = (calls: Line['calls']): SessionView | undefined =>
  calls.active({ apart: true }).find((call) => isConference(call) && call.parties.length === 0);

import type { SessionView } from '../../calls/store/views.ts';

/** The calls that an act touches, as they were read. None where the act creates a call. */
export interface CallSnapshot {
  call?: SessionView;
  other?: SessionView;
  /** The conferences that these calls were brought into. */
  conferences: readonly SessionView[];
  /** Those who were brought into any of them. */
  conferenceParticipants: readonly ConferenceParticipant[];
  /** Clock times, epoch ms, at which the requests left for the oldest reading of the calls, and of the participants. */
  at: number;
  participantsAt: number;
}

/** Somebody who was brought into a conference: the leg there, and the call that has the person. */
export interface ConferenceParticipant {
  partyId: string;
  /** Absent while the platform does not say which call it is. */
  call?: SessionView;
}

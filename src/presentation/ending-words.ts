/** What the platform's reason means for which a leg has ended: of a party, as a predicate, and of yours in full. */
interface EndingWords {
  theirs?: string;
  yours?: string;
}

/** By the reason (platform.md 3.3). */
const endings: Readonly<Record<string, EndingWords>> = {
  AttendedTransfer: {
    theirs: 'was connected with another call',
    yours: 'you are off the call: its people talk with those of your other call',
  },
  BlindTransfer: { theirs: 'has been transferred', yours: 'you have sent the call on' },
  CallFlip: {
    theirs: 'has moved to another phone',
    yours: 'you have left this phone for another one of yours',
  },
  CallPark: { theirs: 'has parked the call', yours: 'you have parked the call' },
  CallReplied: {
    theirs: 'the message was spoken',
    yours: 'your message was spoken, and the call has ended',
  },
  Conference: { yours: 'your call has joined the conference' },
  Pickup: { theirs: 'was picked up', yours: 'you were parked, and somebody has picked you up' },
  Rejected: { theirs: 'no longer rings', yours: 'it no longer rings here' },
};

/** Why a leg has ended, in words; undefined where the reason says nothing. */
export const endingWords = (whose: keyof EndingWords, reason: string | undefined): string | undefined =>
  endings[reason ?? '']?.[whose];

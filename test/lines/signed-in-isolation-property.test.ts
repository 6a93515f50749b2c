import { describeIsolation } from './support/play.ts';
import { withSignIn } from './support/sign-in-entry.ts';
import { signInThefts } from './support/sign-in-thefts.ts';
import { signInTurns } from './support/sign-in-turns.ts';
import { signInTally, tally } from './support/world.ts';

/**
 * The same as with keys, of people who sign in with their RingCentral accounts: also while their apps' tokens are
 * refreshed, narrowed and revoked, and after that nothing more reaches an app. Two apps are of the same person.
 */
describeIsolation('people who have signed in on one server', {
  ...{ prepare: withSignIn, runs: 25, count: { ...tally(), ...signInTally() } },
  ...{ thefts: signInThefts, turns: signInTurns, turnWeight: 3 },
});

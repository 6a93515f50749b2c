import { withKeys } from './support/key-entry.ts';
import { describeIsolation } from './support/play.ts';
import { thefts } from './support/thefts.ts';
import { turns } from './support/turns.ts';
import { tally } from './support/world.ts';

/**
 * Whatever people do on one server, whatever they steal from each other, and whoever is taken out meanwhile: nobody is
 * ever told an id, a name, a number or anything else of another line, is told of a change there, is held back by what
 * was done there, or can learn from an error whether there is something. What belongs to whom is read off the sandbox's
 * own state.
 */
describeIsolation('people on one server', {
  prepare: withKeys,
  runs: 100,
  count: tally(),
  thefts,
  turns,
  turnWeight: 1,
});

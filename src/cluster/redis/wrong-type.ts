import { Failure } from '../../shared/failure.ts';

/** What an operator is told of such a key. */
export const wrongTypeWords =
  'a key in Redis has something of another type than this server keeps there, and what needs it is refused: find out ' +
  'who else writes to Redis, and remove the key (DEL)';

/** A key has something of another type than ours: somebody else has written it. */
export class WrongType extends Failure {
  constructor(key: string) {
    super(
      'unavailable',
      `Redis, which the replicas of this server share, has something under ${key} that is none of theirs, so that ` +
        'nobody can tell what belongs there. The operator of this server has to remove it (DEL); then try again.',
    );
  }
}

/** Whether Redis refused a command because of that. */
export const isWrongType = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('WRONGTYPE');

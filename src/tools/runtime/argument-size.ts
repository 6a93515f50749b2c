import { Failure } from '../../shared/failure.ts';
import { cut, sizeOf } from '../../shared/size.ts';

const KiB = 1024;
/**
 * All arguments of a call together. No tool takes more than a few hundred characters; hosts may add members of their
 * own.
 */
const argumentBytes = 64 * KiB;
const nameCharacters = 200;

/**
 * Throws `invalid_input` for arguments that are larger than any tool needs, before anything reads, repeats or logs
 * them.
 */
export function checkArgumentSize(tool: string, args: unknown): void {
  if (sizeOf(args, argumentBytes).bytes > argumentBytes) {
    throw new Failure(
      'invalid_input',
      `The arguments of ${tool} are larger than ${argumentBytes / KiB} KiB together.`,
      { next: [tool] },
    );
  }
  const name = Object.keys(Object(args)).find((given) => given.length > nameCharacters);
  if (name === undefined) return;
  throw new Failure(
    'invalid_input',
    `The name of an argument of ${tool} is longer than ${nameCharacters} characters: it begins with ${JSON.stringify(cut(name, 40))}.`,
    { next: [tool] },
  );
}

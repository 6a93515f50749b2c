import { identityOf } from '../../guard/assessment/targets/account.ts';
import { Failure } from '../../shared/failure.ts';
import type { ToolContext } from './context.ts';
import { isNamed, wordsOf } from './name-words.ts';

/** So many colleagues are listed where it is not clear which is meant. */
const mostChoices = 10;

/**
 * The extension number that is meant by a number or the name of a colleague. What has a digit in it is taken for a
 * number, as it is: the guard, or the platform, says what is wrong with it.
 * @throws Failure `not_found`, or `invalid_input` with those to choose from, or for your own name
 */
export async function colleagueNumber(
  given: string,
  parameter: string,
  { line: { directory } }: ToolContext,
): Promise<string> {
  if (/[\p{N}*#+]/u.test(given)) return given.trim();
  const [extensions, self] = await Promise.all([directory.extensions(), directory.identity()]);
  const words = wordsOf(given);
  const found = extensions.filter(
    ({ name, extensionNumber }) =>
      extensionNumber !== undefined && words.length > 0 && isNamed(name, words, true),
  );
  const colleagues = found.filter(({ id }) => id !== self.extensionId);
  const [first, ...more] = colleagues;
  const look = {
    tool: 'find_extensions',
    arguments: { search: words[0] ?? '' },
    why: 'finds people by parts of their names, too',
  };
  const details = { parameter, next: [look] };
  if (first === undefined && found.length > 0) throw ownExtension(parameter);
  if (first?.extensionNumber === undefined) {
    throw new Failure('not_found', `Nobody in the company has that name. Nothing was done.`, details);
  }
  if (more.length === 0) return first.extensionNumber;
  const shown = colleagues.slice(0, mostChoices);
  const choices = shown.map(({ extensionNumber, name }) => ({ extensionNumber, name }));
  const list = shown.map((one) => identityOf(one));
  throw new Failure('invalid_input', `Several fit: ${list.join(', ')}. Nothing was done.`, {
    ...details,
    choices,
  });
}

/** Refuses your own extension where a colleague is wanted. */
export const ownExtension = (parameter: string): Failure =>
  new Failure('invalid_input', 'That is your own extension. Nothing was done.', {
    parameter,
    next: ['find_extensions'],
  });

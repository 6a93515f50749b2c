import { Failure } from '../../shared/failure.ts';

type Args = Readonly<Record<string, unknown>>;

const given = (args: Args, names: readonly string[]) => names.filter((name) => args[name] !== undefined);

/**
 * Throws `invalid_input` unless exactly one of `names` was given. Not in the schema: hosts and models do not take
 * `oneOf`
 * (test/tools/providers.test.ts).
 */
export function exactlyOne(args: Args, names: readonly string[]): void {
  const found = given(args, names);
  if (found.length === 1) return;
  throw new Failure(
    'invalid_input',
    found.length === 0
      ? `One of ${names.join(', ')} is needed; none was given.${byName(names)}`
      : `Only one of ${names.join(', ')} can be given; there were ${found.join(' and ')}.`,
    { parameter: found[1] ?? names[0] ?? '' },
  );
}

/** Models know people by name, and guess a parameter for it. */
function byName(names: readonly string[]): string {
  const takes = names.find((name) => name.toLowerCase().endsWith('extensionnumber'));
  return takes === undefined ? '' : ` A colleague may be given by name, as ${takes}.`;
}

/** Throws `invalid_input` where none of `names` was given. */
export function atLeastOne(args: Args, names: readonly string[]): void {
  if (given(args, names).length > 0) return;
  throw new Failure('invalid_input', `At least one of ${names.join(', ')} is needed.`, {
    parameter: names[0] ?? '',
  });
}

/** Throws `invalid_input` where one of `names` is missing, all of which the argument `because` needs. */
export function needs(args: Args, because: string, names: readonly string[]): void {
  const missing = names.filter((name) => args[name] === undefined);
  if (missing.length === 0) return;
  throw new Failure(
    'invalid_input',
    `${because} ${String(args[because])} needs ${missing.join(' and ')} too.`,
    {
      parameter: missing[0] ?? '',
    },
  );
}

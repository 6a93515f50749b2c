import type { z } from 'zod';
import { Failure } from '../../shared/failure.ts';
import { type Claim, refuseClaims } from './confirmation-claims.ts';
import type { Tool } from './define-tool.ts';
import { parameterHints } from './parameter-hints.ts';
import type { Given } from './read-arguments.ts';

/**
 * The arguments as the tool's `run` takes them.
 * @throws Failure `invalid_input` that names each wrong argument and what it should be, or the claims among them
 */
export function checkArguments(
  tool: Tool,
  { values }: Given,
  claims: readonly Claim[],
): Record<string, unknown> {
  refuseClaims(claims);
  const parsed = tool.input().safeParse(values);
  if (parsed.success) return parsed.data;
  // Of several bounds that one argument passes, the last is the closest.
  const issues = [...new Map(parsed.error.issues.map((issue) => [parameterOf(issue), issue])).values()];
  const parameter = issues[0] && parameterOf(issues[0]);
  throw new Failure('invalid_input', issues.map((issue) => sentence(issue, tool, values)).join(' '), {
    ...(parameter && { parameter }),
    next: [parameterHints[parameter ?? ''] ?? tool.name],
  });
}

const parameterOf = ({ path }: z.core.$ZodIssue): string => String(path[0] ?? '');

/** What is wrong with an argument, with the parameter's description. */
function sentence(issue: z.core.$ZodIssue, tool: Tool, values: Readonly<Record<string, unknown>>): string {
  const name = parameterOf(issue);
  const { description } = tool.input().shape[name] as z.ZodType;
  return `${name}: ${problem(issue, values[name])}${description ? ` (${description})` : ''}.`;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function problem(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined) return 'is missing';
      if (issue.expected === 'string' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
        return 'must be a string: as a number it is too long, and its last digits are lost';
      }
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    case 'invalid_value':
      return `must be one of ${issue.values.join(', ')}`;
    case 'custom':
      return issue.message;
    default:
      return 'is not valid';
  }
}

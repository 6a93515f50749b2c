import type { z } from 'zod';
import { impossibleRules } from './impossible-rules.ts';
import type { MatrixRow, Policy, ToolRisk } from './policy.ts';
import { everywhere } from './policy.ts';
import { type Mistake, type Path, PolicyDocument } from './policy-document.ts';
import { presets } from './presets.ts';
import { type matrixRow, schema } from './schema.ts';

/** What a policy file says, in the form of the schema. */
type PolicyContents = z.output<typeof schema>;
/** The risk class of each tool by its name. */
type Risks = ReadonlyMap<string, ToolRisk['risk']>;

export interface ParsedPolicy {
  policy: Policy;
  /** The line of a member, for messages. */
  lineOf(path: Path): number;
}

/**
 * Reads a policy file. Throws `Failure` with `FILE:LINE: MEMBER: what is wrong`, all mistakes of one kind at once.
 */
export function parsePolicy(text: string, file: string, tools: readonly ToolRisk[]): ParsedPolicy {
  const document = new PolicyDocument(text, file);
  const refuseIfAny = (mistakes: readonly Mistake[]): void => {
    if (mistakes.length > 0) throw document.refusal(mistakes);
  };
  const parsed = schema.safeParse(document.toJS());
  if (!parsed.success) throw document.refusal(mistakesOf(parsed.error));
  const { data } = parsed;
  const risks = new Map(tools.map(({ name, risk }) => [name, risk]));
  refuseIfAny(unknownTools(data, risks));
  refuseIfAny(impossibleRules(data.targets));
  return { policy: toPolicy(data, file, risks), lineOf: (path) => document.lineOf(path) };
}

function mistakesOf({ issues }: z.core.$ZodError): Mistake[] {
  return issues
    .flatMap(innermost)
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ path: [...issue.path, key], message: 'there is no such member' }))
        : [{ path: issue.path, message: issue.message }],
    );
}

/** Mistakes inside a map that could also have been one verdict: where they are, not where the map is. */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const inside = issue.errors.find((option) =>
    option.some(({ code, path }) => code === 'unrecognized_keys' || code === 'custom' || path.length > 0),
  );
  return inside?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })) ?? [issue];
}

/** The places where the file names a tool that does not exist or does not act. */
function unknownTools({ tools, targets }: PolicyContents, risks: Risks): Mistake[] {
  const named: Path[] = [
    ...Object.keys(tools).map((name) => ['tools', name]),
    ...targets.flatMap((rule, index) =>
      (rule.tools ?? []).map((name, place) => ['targets', index, 'tools', place, name]),
    ),
  ];
  return named
    .filter((path) => !risks.has(String(path.at(-1))))
    .map((path) => ({ path, message: 'there is no acting tool of this name' }));
}

/** The policy that the file means: the preset that it extends, with what it changes. */
function toPolicy(data: PolicyContents, name: string, risks: Risks): Policy {
  const base = presets[data.extends];
  const classes = extendClasses(base.classes, data.classes);
  return {
    name,
    classes,
    tools: extendTools(classes, data.tools, risks),
    targets: data.targets,
    caps: { ...base.caps, ...data.caps },
    emergency: data.emergency,
    supervision: data.supervision ?? base.supervision,
    grants: data.grants ?? base.grants,
  };
}

function extendClasses(base: Policy['classes'], given: PolicyContents['classes']): Policy['classes'] {
  const rows = Object.entries(base).map(([risk, preset]) => [
    risk,
    fill(preset, given[risk as keyof Policy['classes']]),
  ]);
  return Object.fromEntries(rows) as unknown as Policy['classes'];
}

function extendTools(
  classes: Policy['classes'],
  given: PolicyContents['tools'],
  risks: Risks,
): Policy['tools'] {
  const rows = Object.entries(given).map(([name, row]) => {
    const risk = risks.get(name);
    return [name, fill(risk === undefined || risk === 'read' ? everywhere('ask') : classes[risk], row)];
  });
  return Object.fromEntries(rows);
}

/** A row of the preset with what is given for some situations, or for all. */
const fill = (preset: MatrixRow, given: z.output<typeof matrixRow> | undefined): MatrixRow =>
  typeof given === 'string' ? everywhere(given) : { ...preset, ...given };

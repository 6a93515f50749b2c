import type { Document } from 'yaml';
import { isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { Failure } from '../../shared/failure.ts';
import { impossibleRules } from './impossible-rules.ts';
import type { MatrixRow, Policy, ToolRisk } from './policy.ts';
import { everywhere } from './policy.ts';
import { presets } from './presets.ts';
import { type matrixRow, schema } from './schema.ts';

type Path = readonly PropertyKey[];

export interface ParsedPolicy {
  policy: Policy;
  /** The line of a member, for messages. */
  lineOf(path: Path): number;
}

/** Reads a policy file. Throws `Failure` with `FILE:LINE: MEMBER: what is wrong`, all mistakes at once. */
export function parsePolicy(text: string, file: string, tools: readonly ToolRisk[]): ParsedPolicy {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax)
    throw refuse([`${file}:${lines.linePos(syntax.pos[0]).line}: ${syntax.message.split('\n')[0]}`]);

  const lineOf = (path: Path) => lines.linePos(offsetOf(document, path)).line;
  const say = (path: Path, message: string) =>
    `${file}:${lineOf(path)}: ${path.join('.') || 'policy'}: ${message}`;
  const { contents } = document;
  if (
    !contents ||
    (isScalar(contents) && contents.value === null) ||
    (isMap(contents) && contents.items.length === 0)
  ) {
    throw refuse([say([], 'the file says nothing: write extends: standard if that is meant')]);
  }
  const inherited = inheritedNames(document);
  if (inherited.length > 0) {
    throw refuse(
      inherited.map(({ name, at }) => `${file}:${lines.linePos(at).line}: ${name}: there is no such member`),
    );
  }
  const parsed = schema.safeParse(document.toJS());
  if (!parsed.success) {
    throw refuse(
      parsed.error.issues
        .flatMap(innermost)
        .flatMap((issue) =>
          issue.code === 'unrecognized_keys'
            ? issue.keys.map((key) => say([...issue.path, key], 'there is no such member'))
            : [say(issue.path, issue.message)],
        ),
    );
  }
  const { data } = parsed;
  const risks = new Map(tools.map(({ name, risk }) => [name, risk]));
  const named: Path[] = [
    ...Object.keys(data.tools).map((name) => ['tools', name]),
    ...data.targets.flatMap((rule, index) =>
      (rule.tools ?? []).map((name, place) => ['targets', index, 'tools', place, name]),
    ),
  ];
  const unknown = named.filter((path) => !risks.has(String(path.at(-1))));
  if (unknown.length > 0)
    throw refuse(unknown.map((path) => say(path, 'there is no acting tool of this name')));
  const impossible = impossibleRules(data.targets);
  if (impossible.length > 0) throw refuse(impossible.map(({ path, message }) => say(path, message)));

  const base = presets[data.extends];
  const classes = Object.fromEntries(
    Object.entries(base.classes).map(([risk, preset]) => [
      risk,
      fill(preset, data.classes[risk as keyof Policy['classes']]),
    ]),
  ) as unknown as Policy['classes'];
  const policy: Policy = {
    name: file,
    classes,
    tools: Object.fromEntries(
      Object.entries(data.tools).map(([name, given]) => {
        const risk = risks.get(name);
        return [name, fill(risk === undefined || risk === 'read' ? everywhere('ask') : classes[risk], given)];
      }),
    ),
    targets: data.targets,
    caps: { ...base.caps, ...data.caps },
    emergency: data.emergency,
    supervision: data.supervision ?? base.supervision,
    grants: data.grants ?? base.grants,
  };
  return { policy, lineOf };
}

/** Names that every object of JavaScript has: nobody's member, tool or class. */
function inheritedNames(document: Document): { name: string; at: number }[] {
  const found: { name: string; at: number }[] = [];
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key) && String(key.value) in Object.prototype) {
        found.push({ name: String(key.value), at: key.range?.[0] ?? 0 });
      }
    },
  });
  return found;
}

/** Mistakes inside a map that could also have been one verdict: where they are, not where the map is. */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const inside = issue.errors.find((option) =>
    option.some(({ code, path }) => code === 'unrecognized_keys' || code === 'custom' || path.length > 0),
  );
  return inside?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })) ?? [issue];
}

const fill = (preset: MatrixRow, given: z.output<typeof matrixRow> | undefined): MatrixRow =>
  typeof given === 'string' ? everywhere(given) : { ...preset, ...given };

const refuse = (messages: string[]) => new Failure('invalid_input', [...new Set(messages)].join('\n'));

/** Where a member stands in the text; of a member that is not there, its parent. */
function offsetOf(document: Document, path: Path): number {
  if (path.length === 0) return 0;
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isNode(key) && String(key) === String(path.at(-1)));
    if (pair && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  const node = document.getIn(path, true);
  if (isNode(node)) return node.range?.[0] ?? 0;
  return offsetOf(document, path.slice(0, -1));
}

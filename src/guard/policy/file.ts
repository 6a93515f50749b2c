import type { Document } from 'yaml';
import { isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import type { ToolRisk } from './load.ts';
import type { Cells, Policy } from './policy.ts';
import { everywhere, verdicts } from './policy.ts';
import { presetNames, presets } from './presets.ts';

const verdict = z.enum(verdicts, `expected one of ${verdicts.join(', ')}`);

/** One verdict for every situation, or verdicts for some; the preset's stay for the others. */
const cells = z.union(
  [
    verdict,
    z.strictObject({
      own: verdict.optional(),
      another: verdict.optional(),
      outside: verdict.optional(),
      joined: verdict.optional(),
    }),
  ],
  `expected one of ${verdicts.join(', ')}, or a map of own, another, outside, joined to these`,
);

const cap = z.number().int().min(0).max(1_000_000);
const extendable = z.enum(['reversible', 'redirect', 'place-call']);

const target = z
  .strictObject({
    prefix: z
      .string()
      .regex(/^\+[1-9]\d*$/, 'expected the beginning of an E.164 number in quotes, such as "+1415"')
      .optional(),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'expected an ISO 3166 code, such as US')
      .optional(),
    extension: z
      .string()
      .regex(/^\d{1,8}$/, 'expected an extension number in quotes, such as "102"')
      .optional(),
    own: z.boolean().optional(),
  })
  .refine((match) => Object.keys(match).length > 0, 'expected prefix, country, extension or own');

const schema = z.strictObject({
  extends: z.enum(presetNames).default('standard'),
  classes: z
    .strictObject({
      reversible: cells.optional(),
      redirect: cells.optional(),
      'place-call': cells.optional(),
      listen: cells.optional(),
      destructive: cells.optional(),
    })
    .default({}),
  tools: z.record(z.string(), cells).default({}),
  targets: z
    .array(z.strictObject({ to: target, tools: z.array(z.string()).optional(), verdict }))
    .default([]),
  caps: z
    .strictObject({ ringing: cap.optional(), outside: cap.optional(), calls: cap.optional() })
    .default({}),
  supervision: z.enum(['denied', 'notified'], 'expected denied or notified').optional(),
  grants: z.array(extendable).optional(),
});

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
  const parsed = schema.safeParse(document.toJS() ?? {});
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
    supervision: data.supervision ?? base.supervision,
    grants: data.grants ?? base.grants,
  };
  return { policy, lineOf };
}

/** Mistakes inside a map that could also have been one verdict: where they are, not where the map is. */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const inside = issue.errors.find((option) =>
    option.some(({ code, path }) => code === 'unrecognized_keys' || path.length > 0),
  );
  return inside?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })) ?? [issue];
}

const fill = (preset: Cells, given: z.output<typeof cells> | undefined): Cells =>
  typeof given === 'string' ? everywhere(given) : { ...preset, ...given };

const refuse = (messages: string[]) => new Failure('invalid_input', messages.join('\n'));

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

import { z } from 'zod';
import { grantable, supervisions, verdicts } from './policy.ts';
import { presetNames } from './presets.ts';

/** What a policy file may say (README). What no rule can mean is refused by impossible-rules.ts. */

const verdict = z.enum(verdicts, `expected one of ${verdicts.join(', ')}`);

type Members = Readonly<Record<string, z.ZodType>>;

/** A map of these members, of which some has to be there: an empty one looks as if it said something. */
const map = <Shape extends Members>(shape: Shape, like = ` of ${Object.keys(shape).join(', ')}`) =>
  z
    .strictObject(shape, {
      error: ({ code }) => (code === 'invalid_type' ? `expected a map${like}` : undefined),
    })
    .refine(saysSomething, silent);

const saysSomething = (given: object): boolean => Object.keys(given).length > 0;
const silent = 'says nothing: leave it out, or write something into it';

/** One verdict for every situation, or verdicts for some; the preset's stay for the others. */
export const matrixRow = z.union(
  [
    verdict,
    map({
      own: verdict.optional(),
      another: verdict.optional(),
      outside: verdict.optional(),
      joined: verdict.optional(),
    }),
  ],
  `expected one of ${verdicts.join(', ')}, or a map of own, another, outside, joined to these`,
);

const most = 1_000_000;
const count = `expected a whole number from 0 to ${most}`;
const cap = z.number(count).int(count).min(0, count).max(most, count);
const extendable = z.enum(grantable, `expected one of ${grantable.join(', ')}`);

/** Text of a form; what is not text, such as a number that stands without quotes, gets the same words. */
const text = (form: RegExp, words: string) => z.string(words).regex(form, words);

const extension = text(/^\d{1,8}$/, 'expected an extension number in quotes, such as "102"');

const target = z
  .strictObject(
    {
      number: text(
        /^\+[1-9]\d{6,14}$/,
        'expected an E.164 number in quotes, such as "+14155550199"',
      ).optional(),
      label: text(/^(?=.*\S).{1,40}$/u, 'expected up to 40 characters, such as on-call mobile').optional(),
      prefix: text(
        /^\+[1-9]\d*$/,
        'expected the beginning of an E.164 number in quotes, such as "+1415"',
      ).optional(),
      country: text(/^[A-Z]{2}$/, 'expected an ISO 3166 code, such as US').optional(),
      extension: extension.optional(),
      own: z.boolean('expected true or false, without quotes').optional(),
    },
    {
      error: ({ code }) => (code === 'invalid_type' ? 'expected a map, such as { country: US }' : undefined),
    },
  )
  .refine(({ label, ...match }) => Object.keys(match).length > 0, {
    message: 'expected prefix, number, country, extension or own',
  })
  .refine(({ label, number }) => label === undefined || number !== undefined, {
    message: 'a label is shown beside a number: there is none',
    path: ['label'],
  });

const rule = '{ to: { country: US }, verdict: ask }';
const emergencyList = '[{ extension: "2222" }]';

export const schema = z.strictObject(
  {
    extends: z.enum(presetNames, `expected one of ${presetNames.join(', ')}`).default('standard'),
    classes: map({
      reversible: matrixRow.optional(),
      'end-own': matrixRow.optional(),
      redirect: matrixRow.optional(),
      'place-call': matrixRow.optional(),
      listen: matrixRow.optional(),
      destructive: matrixRow.optional(),
      plan: matrixRow.optional(),
    }).default({}),
    tools: z
      .record(z.string(), matrixRow, 'expected a map of tools, such as hold_call_party: ask')
      .refine(saysSomething, silent)
      .default({}),
    targets: z
      .array(
        z.strictObject(
          {
            to: target,
            tools: z
              .array(
                z.string('expected the name of a tool'),
                'expected a list, such as [transfer_call_party]',
              )
              .min(1, 'names no tool: leave it out, or name some')
              .optional(),
            verdict,
          },
          {
            error: ({ code }) => (code === 'invalid_type' ? `expected a rule, such as ${rule}` : undefined),
          },
        ),
        `expected a list of rules, such as - ${rule}`,
      )
      .refine(saysSomething, silent)
      .default([]),
    caps: map({ ringing: cap.optional(), outside: cap.optional(), calls: cap.optional() }).default({}),
    emergency: z
      .array(
        map({ extension }, ', such as { extension: "2222" }'),
        `expected a list of extensions, such as ${emergencyList}`,
      )
      .refine(saysSomething, silent)
      .default([]),
    supervision: z.enum(supervisions, `expected one of ${supervisions.join(', ')}`).optional(),
    grants: z.array(extendable, `expected a list of ${grantable.join(', ')}`).optional(),
  },
  {
    error: (issue) =>
      issue.code === 'invalid_type' ? 'expected a map, such as extends: standard' : undefined,
  },
);

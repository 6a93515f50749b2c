import { z } from 'zod';
import { supervisions, verdicts } from './policy.ts';
import { presetNames } from './presets.ts';

/** What a policy file may say (README). What no rule can mean is refused by impossible.ts. */

const verdict = z.enum(verdicts, `expected one of ${verdicts.join(', ')}`);

/** One verdict for every situation, or verdicts for some; the preset's stay for the others. */
export const cells = z.union(
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

/** Text of a form; what is not text, such as a number that stands without quotes, gets the same words. */
const text = (form: RegExp, words: string) => z.string(words).regex(form, words);

const extension = text(/^\d{1,8}$/, 'expected an extension number in quotes, such as "102"');

const target = z
  .strictObject({
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
    own: z.boolean().optional(),
  })
  .refine(({ label, ...match }) => Object.keys(match).length > 0, {
    message: 'expected prefix, number, country, extension or own',
  })
  .refine(({ label, number }) => label === undefined || number !== undefined, {
    message: 'a label is shown beside a number: there is none',
    path: ['label'],
  });

export const schema = z.strictObject(
  {
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
      .array(
        z.strictObject({
          to: target,
          tools: z.array(z.string()).min(1, 'names no tool: leave it out, or name some').optional(),
          verdict,
        }),
      )
      .default([]),
    caps: z
      .strictObject({ ringing: cap.optional(), outside: cap.optional(), calls: cap.optional() })
      .default({}),
    emergency: z.array(z.strictObject({ extension })).default([]),
    supervision: z.enum(supervisions, `expected one of ${supervisions.join(', ')}`).optional(),
    grants: z.array(extendable).optional(),
  },
  {
    error: (issue) =>
      issue.code === 'invalid_type' ? 'expected a map, such as extends: standard' : undefined,
  },
);

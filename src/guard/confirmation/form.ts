import type { ElicitRequestFormParams } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { GrantTerms } from '../limits/grant-terms.ts';
import type { Answer } from './answer.ts';
import type { WrittenQuestion } from './question.ts';

export type Form = Pick<ElicitRequestFormParams, 'message' | 'requestedSchema'>;

const YES = 'Yes, do it once';
const NO = 'No, do not do it';

/** The field's description repeats the question's first line: some hosts cut the message, or show the field alone. */
const confirmSchema = (summary: string): Form['requestedSchema'] => ({
  type: 'object',
  properties: { confirm: { type: 'boolean', title: 'Do it', description: summary } },
  required: ['confirm'],
});

const decisionSchema = (summary: string, { choice }: GrantTerms): Form['requestedSchema'] => ({
  type: 'object',
  properties: {
    decision: { type: 'string', title: 'Your decision', description: summary, enum: [YES, choice, NO] },
  },
  required: ['decision'],
});

/**
 * One member, no default: a form that is sent off untouched is no yes.
 * @param offer the grant that can be chosen, if any
 */
export const buildForm = ({ summary, message }: WrittenQuestion, offer: GrantTerms | undefined): Form => ({
  message,
  requestedSchema: offer ? decisionSchema(summary, offer) : confirmSchema(summary),
});

const confirmContent = z.object({ confirm: z.boolean() });
const decisionContent = z.object({ decision: z.string() });
const response = z.object({
  action: z.enum(['accept', 'decline', 'cancel']),
  content: z.unknown().optional(),
});

/** The answer in what a host sent back, which nobody has validated: whatever is not exactly a yes is none. */
export function readAnswer(raw: unknown, offer: GrantTerms | undefined): Answer {
  const parsed = response.safeParse(raw);
  if (!parsed.success) return 'empty';
  const { action, content } = parsed.data;
  if (action === 'decline') return 'declined';
  if (action === 'cancel') return 'cancelled';
  if (offer) {
    const answers = new Map<unknown, Answer>([
      [YES, 'yes'],
      [offer.choice, 'grant'],
      [NO, 'declined'],
    ]);
    return answers.get(decisionContent.safeParse(content).data?.decision) ?? 'empty';
  }
  const confirmed = confirmContent.safeParse(content);
  if (!confirmed.success) return 'empty';
  return confirmed.data.confirm ? 'yes' : 'declined';
}

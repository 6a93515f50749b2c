import type { ElicitRequestFormParams } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Answer } from './answer.ts';
import type { WrittenQuestion } from './question.ts';

export type Form = Pick<ElicitRequestFormParams, 'message' | 'requestedSchema'>;

const YES = 'Yes, do it once';
const GRANT = 'Yes, and for this call and target for the next ten minutes';
const NO = 'No, do not do it';

/** The field's description repeats the question's first line: some hosts cut the message, or show the field alone. */
const confirmSchema = (summary: string): Form['requestedSchema'] => ({
  type: 'object',
  properties: { confirm: { type: 'boolean', title: 'Do it', description: summary } },
  required: ['confirm'],
});

const decisionSchema = (summary: string): Form['requestedSchema'] => ({
  type: 'object',
  properties: {
    decision: { type: 'string', title: 'Your decision', description: summary, enum: [YES, GRANT, NO] },
  },
  required: ['decision'],
});

/** One member, no default: a form that is sent off untouched is no yes. */
export const buildForm = ({ summary, message }: WrittenQuestion, offersGrant: boolean): Form => ({
  message,
  requestedSchema: offersGrant ? decisionSchema(summary) : confirmSchema(summary),
});

const confirmContent = z.object({ confirm: z.boolean() });
const decisionContent = z.object({ decision: z.enum([YES, GRANT, NO]) });
const response = z.object({
  action: z.enum(['accept', 'decline', 'cancel']),
  content: z.unknown().optional(),
});

/** The answer in what a host sent back, which nobody has validated: whatever is not exactly a yes is none. */
export function readAnswer(raw: unknown, offersGrant: boolean): Answer {
  const parsed = response.safeParse(raw);
  if (!parsed.success) return 'empty';
  const { action, content } = parsed.data;
  if (action === 'decline') return 'declined';
  if (action === 'cancel') return 'cancelled';
  if (offersGrant) {
    const decided = decisionContent.safeParse(content);
    if (!decided.success) return 'empty';
    if (decided.data.decision === NO) return 'declined';
    return decided.data.decision === GRANT ? 'grant' : 'yes';
  }
  const confirmed = confirmContent.safeParse(content);
  if (!confirmed.success) return 'empty';
  return confirmed.data.confirm ? 'yes' : 'declined';
}

import type { ToolAnswer } from '../agents.ts';

/** What a host shows its model of a result. */
export type Mode = 'text only' | 'structure only';

/** A step that a result advises. */
export interface Advice {
  tool: string;
  arguments: Record<string, unknown>;
  why: string;
}

/** The advice of a result or an error, from the one form of it that the mode shows. */
export const readAdvice = ({ content, structuredContent = {} }: ToolAnswer, mode: Mode): Advice[] =>
  mode === 'structure only'
    ? (structuredContent.next ?? (structuredContent.error as { next?: Advice[] } | undefined)?.next ?? [])
    : parseAdvice(content.map(({ text = '' }) => text).join('\n'));

/** `Next: tool {"a":"b"} (why); other {} (why)` */
function parseAdvice(text: string): Advice[] {
  const line = text.split('\n').findLast((one) => one.startsWith('Next: '));
  const steps = line?.slice('Next: '.length).matchAll(/(\w+) (\{.*?\}) \((.*?)\)(?:; |$)/g) ?? [];
  return [...steps].map(([, tool = '', args = '{}', why = '']) => ({
    tool,
    arguments: JSON.parse(args),
    why,
  }));
}

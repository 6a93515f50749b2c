import type { NextStep } from '../../../src/shared/next-step.ts';

/** What is advised, tool and arguments, without the cursors of waits. */
export const advised = (next: readonly NextStep[]) =>
  next.map(({ tool, arguments: { after: _cursor, ...args } }) => [tool, args] as const);

import type { z } from 'zod';

/** The members of a schema, each with what builds it: a start need not build the schemas of all tools. */
export type LazyShape<Shape extends z.ZodRawShape> = { readonly [Name in keyof Shape]: () => Shape[Name] };

/** The members, built. */
export const build = <Shape extends z.ZodRawShape>(shape: LazyShape<Shape>): Shape =>
  Object.fromEntries(
    Object.entries<() => unknown>(shape).map(([name, member]) => [name, member()]),
  ) as unknown as Shape;

import type { z } from 'zod';

/**
 * The members of a schema, each as a function that builds it, so that a start need not build the schemas of all
 * tools.
 */
export type LazyShape<Shape extends z.ZodRawShape> = { readonly [Name in keyof Shape]: () => Shape[Name] };

/** Builds the members. */
export const build = <Shape extends z.ZodRawShape>(shape: LazyShape<Shape>): Shape =>
  Object.fromEntries(
    Object.entries<() => unknown>(shape).map(([name, member]) => [name, member()]),
  ) as unknown as Shape;

import { z } from 'zod';
import { isShowable } from '../../shared/untrusted.ts';

/**
 * Reading is tolerant: the platform adds members, sends null for absent and changes types between versions
 * (platform.md 3). A member that cannot be read is treated as absent; it never costs us the whole call.
 */
export const maybe = <T extends z.ZodType>(schema: T) =>
  schema
    .nullish()
    .transform((value) => value ?? undefined)
    .catch(undefined);

/** Ids come as strings or as JSON numbers (platform.md 3.4); we keep strings. */
export const id = z.union([z.string(), z.number()]).transform(String);

/** A text that people are shown; one of which nothing can be shown counts as absent. */
export const words = maybe(z.string().refine(isShowable));

/** A list in which an unreadable element is left out. */
export const list = <T extends z.ZodType>(element: T) =>
  z
    .array(z.unknown())
    .transform((items) =>
      items.flatMap((item) => {
        const parsed = element.safeParse(item);
        return parsed.success ? [parsed.data as z.output<T>] : [];
      }),
    )
    .catch([]);

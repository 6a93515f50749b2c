/** Arguments whose value is the model's own words: shown fenced in a question, only counted in a log. */
const members = ['replyWithText'] as const;

type Args = Readonly<Record<string, unknown>>;

/** The texts among these arguments that the model wrote itself, to be spoken or shown. */
export const modelTexts = (args: Args): string[] =>
  members.flatMap((name) => {
    const value = args[name];
    return typeof value === 'string' ? [value] : [];
  });

export const isModelText = (name: string): boolean => members.some((member) => member === name);

/** `[34 characters]` */
export const countModelTexts = (words: string): string => `[${[...words].length} characters]`;

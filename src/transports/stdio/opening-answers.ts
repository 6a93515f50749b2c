/** What a server answers to what hosts ask first, in the revisions up to 2025-11-25. */
export interface OpeningAnswers {
  /** Revisions that `initialize` may ask for, and gets. */
  revisions: readonly string[];
  /** The result of `initialize`, without the revision. */
  initialize: object;
  /** Results of requests that list what there is, by method. */
  lists: Readonly<Record<string, object>>;
}

/** Which server it is. */
export interface OfferedBy {
  environment: 'sandbox' | 'ringcentral';
  readOnly: boolean;
}

/** The answers of every server, without repeating the lists that those on the sandbox have in common with the others. */
type WrittenAnswers = Record<
  'acting' | 'readOnly',
  Omit<OpeningAnswers, 'initialize'> & { initialize: Record<OfferedBy['environment'], object> }
>;

/**
 * What the build wrote down of the answers of this very server (scripts/lib/opening-answers.js); undefined where the
 * sources run without it.
 */
export function openingAnswers({ environment, readOnly }: OfferedBy): OpeningAnswers | undefined {
  const text = process.env.OPENING_ANSWERS;
  if (!text) return undefined;
  const written: WrittenAnswers = JSON.parse(text);
  const { initialize, ...others } = written[readOnly ? 'readOnly' : 'acting'];
  return { ...others, initialize: initialize[environment] };
}

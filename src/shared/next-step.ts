/** Advice on what to do next, as results and errors give it. */
export interface NextStep {
  tool: string;
  /** As far as they are known. */
  arguments: Record<string, unknown>;
  /** What it is good for now, in a few words. */
  why: string;
}

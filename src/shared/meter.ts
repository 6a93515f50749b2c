/** Who counts what happens: the metrics of the HTTP server. Over stdio nobody does. */
export interface Meter {
  /** `outcome`: `read`, `asked`, `observed`, `accepted`, or the kind of the failure. */
  toolCall(tool: string, outcome: string, ms: number): void;
  /** `decision`: `allow`, the person's answer, or why not. */
  guardDecision(risk: string, decision: string): void;
  /** From the change on the platform to its arrival here. */
  eventLag(ms: number): void;
}

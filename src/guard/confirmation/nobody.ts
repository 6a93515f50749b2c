import type { Asker } from '../contract.ts';

/**
 * An `Asker` for an act without a tool call, whose host nobody can ask: an act that needs a yes is `not_confirmed`.
 * @param signal cancels the act before it is sent
 */
export const nobody = (signal: AbortSignal): Asker => ({
  capabilities: undefined,
  context: { mcpReq: { signal, requestState: () => undefined } } as unknown as Asker['context'],
});

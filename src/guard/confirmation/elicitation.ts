import type { ClientCapabilities } from '@modelcontextprotocol/server';
import {
  CLIENT_CAPABILITIES_META_KEY,
  inputRequired,
  PROTOCOL_VERSION_META_KEY,
  SdkError,
  SdkErrorCode,
} from '@modelcontextprotocol/server';
import type { Asker, Question } from '../contract.ts';
import type { GrantTerms } from '../limits/grant-terms.ts';
import type { Answer } from './answer.ts';
import { QUESTION_MS } from './answer.ts';
import type { Form } from './form.ts';
import { readAnswer } from './form.ts';

const KEY = 'confirm';

const envelope = ({ context }: Asker) =>
  context.mcpReq.envelope as Readonly<Record<string, unknown>> | undefined;

/** 2026-07-28 requests carry their revision; older ones negotiated theirs once. */
export const isModern = (asker: Asker): boolean => envelope(asker)?.[PROTOCOL_VERSION_META_KEY] !== undefined;

function elicitationOf(asker: Asker): ClientCapabilities['elicitation'] {
  const declared = envelope(asker)?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
  return (declared ?? asker.capabilities)?.elicitation;
}

/** Whether the host declared that it opens pages for its person. */
export const canOpen = (asker: Asker): boolean => elicitationOf(asker)?.url !== undefined;

/** Whether the host declared that it shows forms; a bare `elicitation: {}` means forms (the older rule). */
export function canAsk(asker: Asker): boolean {
  const elicitation = elicitationOf(asker);
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

/**
 * Asks by elicitation while the tool call waits (2025 revisions). When `signal` aborts, its reason is the answer.
 */
export async function askNow(
  asker: Asker,
  form: Form,
  offer: GrantTerms | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    // Not `elicitInput`: that refuses hosts which declare `elicitation: {}`, and throws on content of a wrong type.
    const response = await asker.context.mcpReq.send(
      { method: 'elicitation/create', params: { mode: 'form', ...form } },
      { signal, timeout: 2 * QUESTION_MS },
    );
    return readAnswer(response, offer);
  } catch (error) {
    if (signal.aborted) return signal.reason;
    if (error instanceof SdkError && error.code === SdkErrorCode.ConnectionClosed) return 'cancelled';
    return 'unsupported';
  }
}

/** The question as the tool's result (2026-07-28): the host calls the tool again with the answer and this state. */
export const askLater = (form: Form, requestState: string): Question => ({
  kind: 'question',
  result: inputRequired({
    inputRequests: { [KEY]: inputRequired.elicit({ mode: 'form', ...form }) },
    requestState,
  }),
});

/**
 * What a host of 2026-07-28 sent back: the verified state, and the answer, not validated; undefined for a first call.
 */
export function returned({ context }: Asker): { nonce: unknown; raw: unknown } | undefined {
  const state = context.mcpReq.requestState<{ nonce?: unknown }>();
  if (state === undefined) return undefined;
  return { nonce: state.nonce, raw: context.mcpReq.inputResponses?.[KEY] };
}

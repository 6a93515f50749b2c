import { isLegacyRequest } from '@modelcontextprotocol/server';
import { isObject } from '../../shared/is-object.ts';
import type { RpcBody } from '../json-rpc.ts';

/** The revision without sessions. */
export const modernRevision = '2026-07-28';

/** Whether a body has the form of a message; the SDK refuses anything else. */
export const isMessage = (body: unknown): body is RpcBody => isObject(body);

/**
 * Whether a request is one of the 2025 revisions, as the SDK tells them apart. What its header and form settle is not
 * given to the SDK, which classifies it again when it answers: what is posted as of 2026-07-28 is never of 2025, unless
 * it is a batch or an answer.
 */
export async function isLegacy(request: Request, body: unknown): Promise<boolean> {
  return !isSurelyModern(request, body) && (await isLegacyRequest(request, body));
}

const isSurelyModern = ({ method, headers }: Request, body: unknown): boolean =>
  method === 'POST' &&
  headers.get('mcp-protocol-version') === modernRevision &&
  isMessage(body) &&
  !('result' in body) &&
  !('error' in body);

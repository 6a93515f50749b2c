import { randomUUID } from 'node:crypto';
import {
  type InputRequiredResult,
  inputRequired,
  UrlElicitationRequiredError,
} from '@modelcontextprotocol/server';
import { canOpen, isModern } from '../../guard/confirmation/elicitation.ts';
import type { Asker } from '../../guard/contract.ts';
import type { FailureDetails } from '../../shared/failure.ts';

/**
 * Where a person has to sign in anew, and their host can open pages (URL elicitation): has it offer them the page. The
 * address says nothing about the person: what counts is who signs in there. Undefined elsewhere.
 * @throws UrlElicitationRequiredError for a host of 2025-11-25, which is asked by an error
 */
export function offerSignIn(
  asker: Asker,
  message: string,
  { reason, url }: FailureDetails,
): InputRequiredResult | undefined {
  if (reason !== 'needs_login' || url === undefined || !canOpen(asker)) return undefined;
  if (isModern(asker))
    return inputRequired({ inputRequests: { signIn: inputRequired.elicitUrl({ message, url }) } });
  throw new UrlElicitationRequiredError(
    [{ mode: 'url', message, url, elicitationId: randomUUID() }],
    message,
  );
}

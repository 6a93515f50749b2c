import type { RestRequest } from '../rest/rest-request.ts';
import type { RateGroup } from '../wire/operation-table.ts';

/** What a look-up sends, before its kind is known: one object or a list. */
export type LookupRequest = Omit<RestRequest, 'method' | 'acting'>;

/** Paths of the login's account and of its own extension. */
export const accountPath = '/restapi/v1.0/account/~';
export const ownExtensionPath = '/restapi/v1.0/account/~/extension/~';

/** A look-up at a path without parameters. `what`: what it does, for failures. */
export const lookup = (path: string, group: RateGroup, what: string): LookupRequest => ({
  path,
  route: `GET ${path}`,
  group,
  what,
});

import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { Line } from '../app/line.ts';
import type { SessionView } from '../calls/store/views.ts';
import { cut } from '../shared/size.ts';
import { findCallResource } from './resources.ts';
import { parseUri } from './uris.ts';

/** Whether the call store has what this URI names, or nothing has to be looked up for it. No request. */
export function isKnown({ calls }: Line, uri: string): boolean {
  const named = parseUri(uri);
  if (named?.telephonySessionId === undefined) return named !== undefined;
  const call = calls.session(named.telephonySessionId);
  return call !== undefined && hasParty(call, named.partyId);
}

/**
 * Who watched what is not there would wait for ever. Opens the feed, and looks the call up.
 * Throws a `ProtocolError`: `InternalError` where it could not be looked up.
 */
export async function mustExist(line: Line, uri: string): Promise<void> {
  line.sync.open();
  const named = parseUri(uri);
  if (!named) throw noResource(uri);
  const { telephonySessionId, partyId } = named;
  if (telephonySessionId === undefined) return;
  const call = await findCallResource(line, telephonySessionId, uri, partyId);
  if (!hasParty(call, partyId)) throw noResource(uri);
}

/** Whether this party is on the call; without one the call itself is meant. */
const hasParty = ({ parties }: SessionView, partyId: string | undefined): boolean =>
  partyId === undefined || parties.some(({ id }) => id === partyId);

const noResource = (uri: string) =>
  new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `There is no resource ${cut(uri, 200)}; see resources/list.`,
  );

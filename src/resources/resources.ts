import {
  type ListResourcesResult,
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
  ResourceTemplate,
} from '@modelcontextprotocol/server';
import type { App } from '../app/app-context.ts';
import type { Line } from '../app/line.ts';
import { ownParty } from '../calls/store/own-party.ts';
import type { SessionView } from '../calls/store/views.ts';
import { awaitFirstSync } from '../calls/sync/first-sync.ts';
import { otherSide, presentParty, presentSession } from '../presentation/views.ts';
import { isId } from '../ringcentral/wire/id.ts';
import { Failure } from '../shared/failure.ts';
import { decode, templates, uris } from './uris.ts';

/** `resources/list` shows so many sessions, the newest; the rest is in `list_active_calls`. */
const listed = 200;

const json = { mimeType: 'application/json' } as const;

const contents = (uri: string, value: object): ReadResourceResult => ({
  contents: [{ uri, ...json, text: JSON.stringify(value) }],
});

/** What an agent can watch. Every first look opens the feed and waits a moment for the first sync. */
export function registerResources(
  server: McpServer,
  line: Line,
  { environment, principal }: { environment: App['environment']; principal: string },
): void {
  const { calls, sync } = line;
  const look = () => sync.ensureFresh();
  /** `environment` is ours: whoever watches must see whether these calls are real. */
  const feed = () => ({ ...sync.status(), environment });

  server.registerResource(
    'sessions',
    uris.sessions,
    { title: 'Active calls', description: 'The live calls with their parties, newest first.', ...json },
    async () => {
      await look();
      const sessions = calls.active({ limit: listed }).map(presentSession);
      const { asOf, stale, reason } = sync.status();
      return contents(uris.sessions, {
        // Where the whole was never read nobody knows how many there are.
        total: asOf === null ? null : calls.activeCount,
        ...{ asOf, stale, ...(reason !== undefined && { reason }) },
        sessions,
        feed: feed(),
      });
    },
  );

  server.registerResource(
    'feed',
    uris.feed,
    { title: 'Event feed', description: 'How fresh the picture of calls is, and since when.', ...json },
    async () => {
      await awaitFirstSync(sync);
      return contents(uris.feed, feed());
    },
  );

  server.registerResource(
    'guard',
    uris.guard,
    { title: 'Guard', description: 'What a person is asked about, and what is granted.', ...json },
    async () => contents(uris.guard, line.guard.view(principal)),
  );

  const sessionIds = (start: string) =>
    calls.active({ limit: listed }).flatMap(({ id }) => (id.startsWith(start) ? [id] : []));

  server.registerResource(
    'session',
    new ResourceTemplate(templates.session, {
      list: async () => {
        await look();
        return list(calls.active({ limit: listed }).map(sessionEntry));
      },
      complete: { telephonySessionId: sessionIds },
    }),
    { title: 'Call', description: 'One call with its parties.', ...json },
    async (uri, { telephonySessionId }) =>
      contents(uri.href, presentSession(await findCallResource(line, decode(telephonySessionId), uri.href))),
  );

  server.registerResource(
    'party',
    new ResourceTemplate(templates.party, {
      list: async () => {
        await look();
        return list(calls.active({ limit: listed }).flatMap(partyEntries));
      },
      complete: {
        telephonySessionId: sessionIds,
        partyId: (start, context) => {
          const telephonySessionId = context?.arguments?.telephonySessionId;
          const session = calls.session(telephonySessionId ?? '');
          // A client that does not say of which call is offered those of all.
          const all = telephonySessionId === undefined ? calls.active({ limit: listed }) : [];
          const sessions = session ? [session] : all;
          return sessions.flatMap(({ parties }) =>
            parties.flatMap(({ id }) => (id.startsWith(start) ? [id] : [])),
          );
        },
      },
    }),
    { title: 'Party', description: 'One party of a call.', ...json },
    async (uri, { telephonySessionId, partyId }) => {
      const session = await findCallResource(line, decode(telephonySessionId), uri.href, decode(partyId));
      const party = session.parties.find(({ id }) => id === decode(partyId));
      if (!party) throw new ResourceNotFoundError(uri.href);
      return contents(uri.href, { telephonySessionId: session.id, ...presentParty(party) });
    },
  );
}

/** The call as events keep it; what they do not tell of is read again when it is old, and so is a call never seen. */
export async function findCallResource(
  line: Line,
  telephonySessionId: string,
  uri: string,
  partyId?: string,
): Promise<SessionView> {
  if (!isId(telephonySessionId)) throw new ResourceNotFoundError(uri);
  await awaitFirstSync(line.sync);
  try {
    return (await line.sync.recent(telephonySessionId, partyId)).call;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'not_found') throw new ResourceNotFoundError(uri);
    if (error instanceof Failure) throw new ProtocolError(ProtocolErrorCode.InternalError, error.message);
    line.log.error({ uri, err: error }, 'defect in a resource');
    throw new ProtocolError(
      ProtocolErrorCode.InternalError,
      'The call cannot be read: a defect in this server.',
    );
  }
}

const list = (resources: ListResourcesResult['resources']): ListResourcesResult => ({ resources });

function sessionEntry(session: SessionView) {
  const own = ownParty(session);
  const direction = own?.direction === 'Inbound' ? 'from' : 'to';
  return {
    uri: uris.session(session.id),
    name: session.id,
    title: own ? `Call ${direction} ${otherSide(own)}` : 'Call of somebody else',
    ...json,
  };
}

const partyEntries = (session: SessionView) =>
  session.parties.map((party) => ({
    uri: uris.party(session.id, party.id),
    name: party.id,
    title: party.id === session.yourPartyId ? 'You' : `${party.direction ?? 'Unknown'} party`,
    ...json,
  }));

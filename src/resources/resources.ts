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
import { presentParty, presentSession, withOtherSide } from '../presentation/views.ts';
import { isId } from '../ringcentral/wire/id.ts';
import { Failure } from '../shared/failure.ts';
import { pageOfCalls } from './call-pages.ts';
import { decode, templates, uris } from './uris.ts';

/** The resource of all calls, and completion, show so many, the newest; the rest is in `list_active_calls`. */
const listed = 200;

const json = { mimeType: 'application/json' } as const;

/** The resources that are always there. */
const fixed = {
  sessions: {
    ...{ uri: uris.sessions, title: 'Active calls', ...json },
    description: 'The live calls with their parties, newest first.',
  },
  feed: {
    ...{ uri: uris.feed, title: 'Event feed', ...json },
    description: 'How fresh the picture of calls is, and since when.',
  },
  guard: {
    ...{ uri: uris.guard, title: 'Guard', ...json },
    description: 'What a person is asked about, and what is granted.',
  },
  plans: {
    ...{ uri: uris.plans, title: 'Plans', ...json },
    description: 'The plans that run, step by step, and who is on hold because of one.',
  },
} as const;

const leavers = {
  'earlier run': 'an earlier run of this server',
  replica: 'a replica of this server',
} as const;
const keptWords = { file: 'beside the audit log', redis: 'in Redis' } as const;

const metadata = ({ title, description, mimeType }: (typeof fixed)[keyof typeof fixed]) => ({
  ...{ title, description, mimeType },
});

/** Of every call and party in `resources/list`, as its template has it. */
const aboutCall = { title: 'Call', description: 'One call with its parties.', ...json } as const;
const aboutParty = { title: 'Party', description: 'One party of a call.', ...json } as const;

const contents = (uri: string, value: object): ReadResourceResult => ({
  contents: [{ uri, ...json, text: JSON.stringify(value) }],
});

/** What an agent can watch. Every first look opens the feed and waits a moment for the first sync. */
export function registerResources(
  server: McpServer,
  line: () => Line,
  { environment, principal }: { environment: App['environment']; principal: string },
): void {
  const look = async () => {
    const now = line();
    await now.sync.ensureFresh();
    return now;
  };
  /** `environment` is ours: whoever watches must see whether these calls are real. */
  const feed = ({ sync }: Line) => ({ ...sync.status(), environment });

  server.registerResource('sessions', uris.sessions, metadata(fixed.sessions), async () => {
    const now = await look();
    const sessions = now.calls.active({ limit: listed }).map(presentSession);
    const { asOf, stale, reason } = now.sync.status();
    return contents(uris.sessions, {
      // Where the whole was never read nobody knows how many there are.
      total: asOf === null ? null : now.calls.activeCount,
      ...{ asOf, stale, ...(reason !== undefined && { reason }) },
      sessions,
      feed: feed(now),
    });
  });

  server.registerResource('feed', uris.feed, metadata(fixed.feed), async () => {
    const now = line();
    await awaitFirstSync(now.sync);
    return contents(uris.feed, feed(now));
  });

  server.registerResource('guard', uris.guard, metadata(fixed.guard), async () =>
    contents(uris.guard, await line().guard.view(principal)),
  );

  server.registerResource('plans', uris.plans, metadata(fixed.plans), async () => {
    const { plans } = line();
    // Where the other replicas cannot be asked, this one shows what it knows.
    await plans.catchUp().catch(() => {});
    return contents(uris.plans, {
      plans: plans.of(principal).map((plan) => plan.view()),
      onHold: plans.held().map(({ planId, telephonySessionId, since, leftBy }) => ({
        ...{ planId, telephonySessionId, since: new Date(since).toISOString() },
        ...(leftBy && { leftBy: leavers[leftBy] }),
      })),
      kept: plans.keptIn ? keptWords[plans.keptIn] : 'in memory: a restart forgets who is on hold',
    });
  });

  const sessionIds = async (start: string) => {
    const { calls } = await look();
    return calls.active({ limit: listed }).flatMap(({ id }) => (id.startsWith(start) ? [id] : []));
  };

  server.registerResource(
    'session',
    new ResourceTemplate(templates.session, {
      // Listed by pages, below.
      list: undefined,
      complete: { telephonySessionId: sessionIds },
    }),
    aboutCall,
    async (uri, { telephonySessionId }) =>
      contents(
        uri.href,
        presentSession(await findCallResource(line(), decode(telephonySessionId), uri.href)),
      ),
  );

  server.registerResource(
    'party',
    new ResourceTemplate(templates.party, {
      list: undefined,
      complete: {
        telephonySessionId: sessionIds,
        partyId: async (start, context) => {
          const { calls } = await look();
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
    aboutParty,
    async (uri, { telephonySessionId, partyId }) => {
      const session = await findCallResource(line(), decode(telephonySessionId), uri.href, decode(partyId));
      const party = session.parties.find(({ id }) => id === decode(partyId));
      if (!party) throw new ResourceNotFoundError(uri.href);
      return contents(uri.href, { telephonySessionId: session.id, ...presentParty(party) });
    },
  );

  // Instead of the SDK's handler, which does not read the cursor.
  server.server.setRequestHandler('resources/list', async ({ params }): Promise<ListResourcesResult> => {
    const { calls } = await look();
    const page = pageOfCalls(calls, params?.cursor);
    if (!page) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'The cursor is none of this list.');
    const { calls: shown, nextCursor } = page;
    const always = Object.entries(fixed).map(([name, resource]) => ({ name, ...resource }));
    return {
      resources: [
        ...(params?.cursor === undefined ? always : []),
        ...shown.map((call) => ({ ...aboutCall, ...sessionEntry(call) })),
        ...shown.flatMap(partyEntries).map((entry) => ({ ...aboutParty, ...entry })),
      ],
      ...(nextCursor !== undefined && { nextCursor }),
    };
  });
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

function sessionEntry(session: SessionView) {
  const own = ownParty(session);
  return {
    uri: uris.session(session.id),
    name: session.id,
    title: own ? `Call ${withOtherSide(own, session)}` : 'Call of somebody else',
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

import { Failure } from '../shared/failure.ts';
import type { Logger } from '../shared/log.ts';
import type { Route } from '../transports/http/exchange.ts';
import { answerJson, Refusal } from '../transports/refusal.ts';
import type { Artefacts } from './artefacts.ts';
import { paths } from './authorization-server.ts';
import type { PersonStatus } from './person-record.ts';
import type { Vault } from './vault.ts';

export interface OperatorRoutesOptions {
  vault: Pick<Vault, 'people' | 'status' | 'revoke'>;
  artefacts: Pick<Artefacts, 'permissionsOf'>;
  log: Logger;
}

/** What keys with the scope `team:admin` are for: who has signed in, and ending that. They see no calls and no acts. */
export const operatorRoutes = ({ vault, artefacts, log }: OperatorRoutesOptions): Record<string, Route> => ({
  [paths.people]: {
    methods: ['GET'],
    forOperators: true,
    handle: orUnavailable(async ({ response }) => {
      const people = await Promise.all(
        (await vault.people()).map(async (person) => ({
          ...shown(person),
          apps: (await artefacts.permissionsOf(person.subject)).length,
        })),
      );
      answerJson(response, 200, { people });
    }),
  },
  [paths.revokePerson]: {
    methods: ['POST'],
    forOperators: true,
    handle: orUnavailable(async ({ request, response, principal }) => {
      const subject = subjectIn(request.url);
      if (!(await vault.status(subject))) throw new Refusal(404, 'Nobody of this subject has signed in.');
      await vault.revoke(subject);
      log.warn({ subject, by: principal.name }, 'an operator has ended a sign-in');
      response.writeHead(204).end();
    }),
  },
});

/** Where what is asked for cannot be had now, the answer is a 503 that says why. */
const orUnavailable =
  (handle: Route['handle']): Route['handle'] =>
  async (exchange) => {
    try {
      await handle(exchange);
    } catch (error) {
      throw error instanceof Failure ? new Refusal(503, error.message) : error;
    }
  };

/** Times are ISO. */
const shown = (person: PersonStatus) => ({
  subject: person.subject,
  name: person.name,
  extensionNumber: person.extensionNumber,
  signedInAt: new Date(person.signedInAt).toISOString(),
  lastUsedAt: new Date(person.lastUsedAt).toISOString(),
  state: person.state,
  paused: Boolean(person.choices.pausedAt),
});

/** The segment before the last; empty for one that is not encoded as it should be. */
function subjectIn(url = ''): string {
  const segment = url.split('?', 1)[0]?.split('/').at(-2) ?? '';
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}

import type { SignInConfig } from '../config/sign-in.ts';
import { TokenLogin } from '../ringcentral/auth/token-login.ts';
import { createHttp, giveUpMs } from '../ringcentral/rest/http.ts';
import { createWebFetch } from '../ringcentral/rest/web-fetch.ts';
import { type Device, isUsable } from '../ringcentral/wire/lookups.ts';
import { endInOrder } from '../shared/end-in-order.ts';
import { Failure } from '../shared/failure.ts';
import { clean } from '../shared/untrusted.ts';
import { paths } from '../team/authorization-server.ts';
import type { PersonLine, PhoneOfPerson } from '../team/person-line.ts';
import { createTeam, type Team } from '../team/team.ts';
import { newTeamKey, parseTeamKey, teamKeys } from '../team/team-keys.ts';
import { signedOut } from '../team/token-renewal.ts';
import type { Lines, SharedByLines } from './lines.ts';
import type { PersonLogin } from './login-source.ts';
import { RecentActs } from './recent-acts.ts';
import { type LineOfPerson, openLines } from './several-lines.ts';
import type { ShownToPeople } from './shown-to-people.ts';

/** Of a request to RingCentral's authorization server. */
const timeoutMs = 10_000;

export interface TeamLinesOptions {
  /** With the app and the accounts, those of the sandbox where it is one. */
  signIn: SignInConfig & Required<Pick<SignInConfig, 'app' | 'accounts'>>;
  /** What clients call this server. */
  publicUrl: string;
  shown: ShownToPeople;
}

/** The lines of people who have signed in, and their sign-ins. */
export interface TeamLines extends Lines {
  team: Team;
}

/**
 * Opens sign-in, and a line for each person who has signed in when they need it.
 * @throws ConfigError for what the operator can mend
 */
export async function openTeamLines(
  { signIn, publicUrl, shown: { titleOf, pendingApprovals } }: TeamLinesOptions,
  { operator, ...shared }: SharedByLines,
): Promise<TeamLines> {
  const { app, accounts, people, teamKey, previousTeamKey, stateDirectory } = signIn;
  const { clock, log, cluster } = shared;
  if (!stateDirectory && !cluster) {
    log.info(
      'sign-ins are kept in memory: at the end they are revoked, and a restart asks people to sign in again',
    );
  }
  const http = createHttp(clock, timeoutMs);
  const acts = new RecentActs(clock, titleOf, shared.cluster?.acts);
  const team: Team = await createTeam({
    fetch: createWebFetch(http),
    line: {
      phonesOf: async (subject) =>
        (await lines.switchboard.lineOf(subject).platform.listDevices()).map(phoneOfPerson),
      actsOf: (subject) => acts.of(subject),
      ...(pendingApprovals && questionsOfPeople(pendingApprovals)),
    },
    ...{ publicUrl, ringcentralApp: app, accounts, clock, log },
    ...(cluster && { openShared: () => cluster.team() }),
    ...(people && { people }),
    ...(stateDirectory !== undefined && { stateDirectory }),
    keys: teamKeys(
      teamKey ? parseTeamKey(teamKey) : newTeamKey(),
      previousTeamKey && parseTeamKey(previousTeamKey),
    ),
  });
  const ownPage = `${team.issuer}${paths.ownPage}`;
  const paused = () => pausedFailure(ownPage);
  const loginOf = (principal: string): PersonLogin => {
    const extensionId = extensionOf(principal);
    if (team.vault.choicesOf(principal).pausedAt) throw paused();
    return {
      name: principal,
      credentials: {
        serverUrl: app.serverUrl,
        createLogin: (fetch) =>
          new TokenLogin({
            ...{ ...app, fetch, extensionId, appVersion: shared.appVersion },
            tokens: {
              accessToken: (refused) =>
                team.vault.accessToken(principal, refused === undefined ? {} : { refused }).catch((error) => {
                  throw withPage(error, ownPage);
                }),
              scope: async () => (await team.vault.status(principal))?.scope ?? '',
            },
          }),
      },
    };
  };
  const ownOf = ({ name }: PersonLogin): LineOfPerson => ({
    phone: () => team.vault.choicesOf(name).phone,
    acts: acts.logOf(name),
  });
  const lines = openLines(
    { logins: { loginOf }, ownOf },
    { ...shared, ...(operator && { operator: { ...operator, address: ownPage, isPersons: true } }) },
  );
  team.vault.onEnd((subject, until) =>
    until(lines.switchboard.endWhere(({ name }) => name === subject, withPage(signedOut(), ownPage))),
  );
  team.vault.onForget((subject) => acts.forget(subject));
  team.onPermissionEnd((grant) => {
    for (const { plans } of lines.switchboard.lines) plans.interruptOfApp(grant);
  });
  team.onPause(
    (subject) => void lines.switchboard.endWhere(({ name }) => name === subject, paused(), 'paused'),
  );
  return {
    ...lines,
    team,
    stopAsking() {
      lines.stopAsking();
      // Reads wait for renewals. Whoever has just signed out is to be so at RingCentral, too.
      http.giveUp(giveUpMs, ({ url }) => !url.endsWith('/revoke'));
    },
    logOut: () => endInOrder(log, [lines.logOut, team.close, http.close]),
  };
}

/** Throws `Failure` for a principal who is nobody's person: the key of whoever runs the server. */
function extensionOf(principal: string): string {
  const [, extensionId] = /^rc:\d+:(\d+)$/.exec(principal) ?? [];
  if (extensionId !== undefined) return extensionId;
  throw new Failure('forbidden', 'This key sees people, and no calls. To handle calls, sign in as a person.');
}

/** The same failure; of one that a new sign-in mends, with the page for it. */
const withPage = (error: unknown, page: string): Failure =>
  error instanceof Failure && error.details.reason === 'needs_login'
    ? new Failure(
        error.kind,
        `${error.message} The person does that at ${page}; apps that they have connected go on then.`,
        { ...error.details, url: page },
      )
    : (error as Failure);

/** Of the questions that wait for the operator, each person sees and answers their own. */
const questionsOfPeople = (
  pending: NonNullable<ShownToPeople['pendingApprovals']>,
): Required<Pick<PersonLine, 'questionsOf' | 'answer'>> => ({
  questionsOf: async (subject) =>
    (await pending.questions())
      .filter(({ principal }) => principal === subject)
      .map(({ id, message, offersGrant, grantLasts, expiresAt }) => ({
        ...{ id, message, expiresAt },
        ...(offersGrant && grantLasts !== undefined && { grantLasts }),
      })),
  answer: async (subject, id, given) =>
    (await pending.questions()).some((question) => question.id === id && question.principal === subject) &&
    pending.answer(id, given),
});

/** What agents are told of a person who has paused. */
const pausedFailure = (page: string): Failure =>
  new Failure(
    'forbidden',
    `The person has paused agents: nothing is seen and nothing is done until they end the pause at ${page}. Tell them ` +
      'so, and do not try again by yourself.',
    { url: page },
  );

function phoneOfPerson(device: Device): PhoneOfPerson {
  const { id, name = '', model, status } = device;
  const called = clean(name) || clean(model?.name ?? '') || id;
  const state = isUsable(device)
    ? 'can be used now'
    : status === 'Online'
      ? 'no phone that answers'
      : 'offline';
  return { id, words: `${called} (${state})` };
}

import type { SignInConfig } from '../config/sign-in.ts';
import { TokenLogin } from '../ringcentral/auth/token-login.ts';
import { createHttp } from '../ringcentral/rest/http.ts';
import { createWebFetch } from '../ringcentral/rest/web-fetch.ts';
import { Failure } from '../shared/failure.ts';
import { createTeam, type Team } from '../team/team.ts';
import { newTeamKey, parseTeamKey, teamKeys } from '../team/team-keys.ts';
import type { Lines, SharedByLines } from './lines.ts';
import type { PersonLogin } from './login-source.ts';
import { openLines } from './several-lines.ts';

/** Of a request to RingCentral's authorization server. */
const timeoutMs = 10_000;

export interface TeamLinesOptions {
  /** With the app and the accounts, those of the sandbox where it is one. */
  signIn: SignInConfig & Required<Pick<SignInConfig, 'app' | 'accounts'>>;
  /** What clients call this server. */
  publicUrl: string;
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
  { signIn, publicUrl }: TeamLinesOptions,
  shared: SharedByLines,
): Promise<TeamLines> {
  const { app, accounts, people, teamKey, previousTeamKey, stateDirectory } = signIn;
  const { clock, log } = shared;
  if (!stateDirectory) {
    log.info(
      'sign-ins are kept in memory: at the end they are revoked, and a restart asks people to sign in again',
    );
  }
  const http = createHttp(clock, timeoutMs);
  const team = await createTeam({
    fetch: createWebFetch(http),
    ...{ publicUrl, ringcentralApp: app, accounts, clock, log },
    ...(people && { people }),
    ...(stateDirectory !== undefined && { stateDirectory }),
    keys: teamKeys(
      teamKey ? parseTeamKey(teamKey) : newTeamKey(),
      previousTeamKey && parseTeamKey(previousTeamKey),
    ),
  });
  const loginOf = (principal: string): PersonLogin => ({
    name: principal,
    credentials: {
      serverUrl: app.serverUrl,
      createLogin: (fetch) =>
        new TokenLogin({
          ...{ ...app, fetch, appVersion: shared.appVersion },
          extensionId: extensionOf(principal),
          tokens: {
            accessToken: (refused) =>
              team.vault.accessToken(principal, refused === undefined ? {} : { refused }),
            scope: async () => (await team.vault.status(principal))?.scope ?? '',
          },
        }),
    },
  });
  const lines = openLines({ logins: { loginOf }, renewalOf: () => '' }, shared);
  team.vault.onEnd((subject) => lines.switchboard.endWhere(({ name }) => name === subject));
  return {
    ...lines,
    team,
    async logOut() {
      await lines.logOut();
      await team.close();
      http.close();
    },
  };
}

/** Throws `Failure` for a principal who is nobody's person: the key of whoever runs the server. */
function extensionOf(principal: string): string {
  const [, extensionId] = /^rc:\d+:(\d+)$/.exec(principal) ?? [];
  if (extensionId !== undefined) return extensionId;
  throw new Failure('forbidden', 'This key sees people, and no calls. To handle calls, sign in as a person.');
}

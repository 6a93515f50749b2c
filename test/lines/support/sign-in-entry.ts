import { endWithSignIn, signInOptions, withOwnUrl } from '../../../src/commands/signed-in.ts';
import type { Config } from '../../../src/config.ts';
import type { EntryForm, Ground } from './office.ts';
import { SignIns } from './sign-ins.ts';

/** People sign in with their RingCentral accounts. Whose login is refused is not let in. */
export async function withSignIn({ sandbox, control, logins }: Ground): Promise<EntryForm> {
  const { account } = await control.state();
  Object.assign(process.env, {
    ...{ RC_SERVER_URL: sandbox.serverUrl, RC_MCP_ACCOUNTS: account.id },
    ...{ RC_APP_CLIENT_ID: sandbox.clientId, RC_APP_CLIENT_SECRET: sandbox.clientSecret },
    RC_MCP_PEOPLE: logins.flatMap((login) => (login.isRefused ? [] : [login.extensionNumber])).join(),
  });
  const { config, release } = await withOwnUrl({ http: { host: '127.0.0.1', port: 0 } } as Config);
  // The sandbox has its port.
  await release();
  const { http } = config;
  if (!http?.publicUrl) throw new Error('the server has no address');
  const { publicUrl } = http;
  const subjects = new Map<string, string>();
  for (const { name, extensionNumber } of logins) {
    subjects.set(name, `rc:${account.id}:${await control.extensionId(extensionNumber)}`);
  }
  return {
    logins: 'sign-in',
    http,
    options: ({ team }) => (team ? signInOptions(team) : {}),
    open({ team }, server) {
      if (!team) throw new Error('nobody can sign in');
      const endings = new Set<Promise<void>>();
      endWithSignIn(team, {
        ...server,
        endAllOf(isEnded, reason, atOnce) {
          const ending = server.endAllOf(isEnded, reason, atOnce);
          endings.add(ending);
          return ending.finally(() => endings.delete(ending));
        },
      });
      const signIns = new SignIns({
        ...{ url: publicUrl, team, subjects, logins },
        ended: async () => void (await Promise.all(endings)),
      });
      return {
        letIn: (names) => signIns.letIn(names),
        tokenOf: (name) => signIns.tokenOf(name),
        principalOf: (_, login) => subjects.get(login) ?? '',
        useLogins: (users) => signIns.useLogins(users),
        withLogin(written) {
          let text = JSON.stringify(written);
          for (const [login, subject] of subjects) text = text.replaceAll(`${subject}"`, `${login}"`);
          const named = JSON.parse(text);
          const login = named.login ?? named.subject ?? named.principal;
          return { ...named, ...(login !== undefined && { login }) };
        },
        signIns,
      };
    },
  };
}

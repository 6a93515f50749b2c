import { type Theft, thefts } from './thefts.ts';

/** What people try, too, where they sign in. */
export const signInThefts = {
  ...thefts,
  'revoked token': async ({ stage, person, other }) => {
    const token = stage.world.office.signIns?.endedTokenOf(other.key);
    if (token === undefined) return;
    stage.world.count.thefts += 1;
    stage.showedEnded.add(person);
    const body = { jsonrpc: '2.0', id: 77, method: 'tools/call', params: { name: 'list_active_calls' } };
    const { status } = await person.client.raw({ headers: { authorization: `Bearer ${token}` }, body });
    if (status !== 401) stage.violations.push(`${person.key} is let in with a revoked token: ${status}`);
  },
  'refresh token': async ({ stage, person, other }) => {
    const { signIns } = stage.world.office;
    if (!signIns || !stage.lineOf(other)) return;
    stage.world.count.thefts += 1;
    if (await signIns.steals(person.key, other.key))
      stage.violations.push(`${person.key} is given tokens of ${other.key}`);
  },
} satisfies Record<string, Theft>;

import { setTimeout } from 'node:timers/promises';
import type { Person } from './person.ts';
import { allScopes } from './sign-ins.ts';
import type { Stage } from './stage.ts';
import { type Turn, takeOut, turns } from './turns.ts';
import { extensionOf } from './world.ts';

/** What happens to sign-ins, and to the permissions of apps. */
export const signInTurns = {
  ...turns,
  'tokens refreshed': async ({ stage, person }) => {
    const { signIns } = stage.world.office;
    if (!signIns || !stage.lineOf(person)) return;
    if (!(await signIns.refresh(person.key))) stage.violations.push(`${person.key} is given no new tokens`);
    stage.world.count.refreshes = (stage.world.count.refreshes ?? 0) + 1;
  },
  'scopes changed': changeScopes,
  'app revoked': revokeApp,
  'ended by RingCentral': async (doing) => {
    const { stage, person } = doing;
    if (stage.idle?.login === person.login || !stage.lineOf(person)) return;
    await stage.world.office.control.fault({
      kind: 'revoke-session',
      extensionNumber: extensionOf(person.login),
    });
    stage.wereOut.add(person.login ?? '');
    // So that the server learns of it.
    await person.call('list_devices');
    await person.call('list_active_calls', { fresh: true });
    const { status } = await person.modern.request('tools/list');
    if (status !== 401) stage.violations.push(`${person.key} is let in after their sign-in: ${status}`);
    stage.world.count['ended by RingCentral'] = (stage.world.count['ended by RingCentral'] ?? 0) + 1;
    await takeOut(doing);
  },
} satisfies Record<string, Turn>;

/** Somebody connects the same app anew, and allows it something else. */
async function changeScopes({ stage, person, n }: Parameters<Turn>[0]): Promise<void> {
  const { signIns } = stage.world.office;
  const { login = '' } = person;
  if (!signIns || !stage.lineOf(person)) return;
  const scopes = allScopes.filter((_, bit) => (n >> bit) % 2 === 0);
  await signIns.connect(person.key, login, scopes);
  await stage.connect(person);
  const { message } = await person.client.request('tools/list');
  const names: string[] = (message.result?.tools ?? []).map(({ name }: { name: string }) => name);
  for (const [scope, tool] of toolOf) {
    const isAllowed = (scopes as readonly string[]).includes(scope);
    if (names.includes(tool) !== isAllowed) stage.violations.push(`${person.key} has ${names} by ${scopes}`);
  }
  stage.world.count['scopes changed'] = (stage.world.count['scopes changed'] ?? 0) + 1;
}

/** A tool for which an app needs the scope. */
const toolOf = [
  ['calls:control', 'hold_call_party'],
  ['calls:destructive', 'delete_call_session'],
] as const;

/** An app loses its permission: nothing more reaches it, and other apps of the same person go on. */
async function revokeApp({ stage, person }: Parameters<Turn>[0]): Promise<void> {
  const { world, people, idle, violations } = stage;
  const { signIns } = world.office;
  const { login = '' } = person;
  const others = people.filter((one) => one !== person && one.login === login);
  // With its last app a person is signed out, which is a turn of its own.
  if (!signIns || idle?.login === login || !stage.lineOf(person) || others.length === 0) return;
  stage.showedEnded.add(person);
  await signIns.revoke(person.key);
  await hearsNoMore(stage, person);
  const { status } = await person.client.request('tools/list');
  if (status !== 401) violations.push(`${person.key} is let in without a permission: ${status}`);
  for (const one of others) {
    const { message } = await one.call('list_active_calls');
    if (!message.result)
      violations.push(`${one.key} is held back by another app: ${JSON.stringify(message)}`);
  }
  world.count['apps revoked'] = (world.count['apps revoked'] ?? 0) + 1;
  await signIns.connect(person.key, login);
  await stage.connect(person);
}

/** All that an app has open ends, and nothing comes after that. */
async function hearsNoMore({ violations }: Stage, person: Person): Promise<void> {
  const { client } = person;
  for (let tries = 0; client.underWay > 0 && tries < 200; tries += 1) await setTimeout(5);
  if (client.underWay > 0) violations.push(`${person.key} has something open without a permission`);
  person.expectSilence();
}

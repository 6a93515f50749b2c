import { uris } from '../../../src/resources/uris.ts';
import { type Doing, dialInside } from './deeds.ts';
import type { Person } from './person.ts';
import { complete, type Stage, withLines } from './stage.ts';

export type Turn = (doing: Doing) => Promise<void>;

/** What happens to logins. */
export const turns = {
  'login out': takeOut,
  'login back': async ({ stage, person: { login = '' } }) => {
    if (!stage.out.delete(login)) return;
    await stage.useLogins();
    for (const one of stage.people) if (one.login === login) await stage.connect(one);
  },
  move,
  '429': limit,
  'refused login': ({ stage }) =>
    askInVain(
      stage,
      stage.people.find(({ login }) => login === 'deeslogin'),
    ),
  'no login': ({ stage }) =>
    askInVain(
      stage,
      stage.people.find(({ login }) => login === undefined),
    ),
} satisfies Record<string, Turn>;

/** Somebody's login is taken out while they are at work. */
export async function takeOut({ stage, person }: Doing): Promise<void> {
  const { world, idle, out, wereOut, violations } = stage;
  const { login = '' } = person;
  const line = stage.lineOf(person);
  if (idle?.login === login || line === undefined) return;
  out.add(login);
  wereOut.add(login);
  world.outside.delete(login);
  await stage.useLogins();
  world.count['ended by taking a login out'] += 1;
  if (world.office.app.lines().some((one) => one === line)) violations.push(`the line of ${login} goes on`);
  const { message } = await person.client.request('tools/call', { name: 'list_active_calls', arguments: {} });
  if (message.result && message.result.isError !== true)
    violations.push(`${person.key} sees calls without a login`);
}

/** Who shares a login gets that of another, and goes on with the same idempotency key. */
async function move(doing: Doing): Promise<void> {
  const { stage } = doing;
  const person = stage.people[withLines - 1] as Person;
  if (stage.idle?.login === 'bobslogin' || stage.out.size > 0) return;
  const key = `moves${stage.nth}`;
  await dialInside({ ...doing, person }, key);
  person.use(person.login === 'annslogin' ? 'bobslogin' : 'annslogin');
  await stage.useLogins();
  await stage.connect(person);
  await dialInside({ ...doing, person }, key);
}

/** RingCentral takes no more requests of one person for now; others look at their calls. */
async function limit({ stage, person }: Doing): Promise<void> {
  const { world, idle, people } = stage;
  const { login = '' } = person;
  const call = stage.pick(login, 0);
  if (!call || !stage.lineOf(person)) return;
  const { control } = world.office;
  world.limitedUntil.set(login, Date.now() + 10_000);
  await control.fault({
    ...{ kind: 'http', pathPattern: call.id, times: 1 },
    ...{ status: 429, errorCode: 'CMN-301', retryAfterSeconds: 1 },
  });
  await person.call('read_call_session_status', { telephonySessionId: call.id, fresh: true });
  await control.clearFaults();
  world.count['refused for rate'] += 1;
  for (const one of people.slice(0, withLines)) {
    if (one.login !== login && one !== idle) await one.call('list_active_calls', { fresh: true });
  }
}

/** Who has no login, or one that RingCentral refuses, gets nothing. */
async function askInVain(stage: Stage, person: Person | undefined): Promise<void> {
  if (!person) return;
  await person.connect();
  for (const tool of ['list_active_calls', 'find_extensions', 'list_devices']) {
    const { message } = await person.call(tool);
    // A refusal at the door is no result.
    if (message.result && message.result.isError !== true)
      stage.violations.push(`${person.key} gets an answer without a login`);
  }
  await person.client.request('resources/list');
  await person.client.request('resources/read', { uri: uris.sessions });
  await complete(person, 'telephonySessionId', 's-');
  await person.client.watch([uris.sessions]);
}

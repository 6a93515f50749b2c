import { expect, it } from 'vitest';
import type { SandboxOptions } from '../../src/sandbox.ts';
import { type Json, type Login, OUTSIDE, openSandbox, type Reply, type TestSandbox } from '../support.ts';

export { OUTSIDE };

/**
 * How sure a statement on the platform is: RingCentral documents it, it was observed, or nothing public settles it
 * and the sandbox assumes it.
 */
export type Evidence = 'documented' | 'observed' | 'assumed';

/** Who is logged in, in a world in which both have the same phones, numbers and rights of a user. */
export interface Scene {
  sandbox: TestSandbox;
  login: Login;
  number: '101' | '102';
  extensionId: string;
  /** Direct number. */
  direct: string;
  /** Online desk phone, and an app or program that the device API does not list. */
  desk: string;
  app: string;
  /** A colleague that one may listen to, who is in the queue too; and another. */
  colleague: { number: string; extensionId: string; desk: string };
  other: { number: string; extensionId: string };
}

const USERS = { administrator: '101', 'ordinary user': '102' } as const;

/** Tries a statement of docs/platform.md, by its number there, as administrator and as ordinary user. */
export function states(
  section: string,
  evidence: Evidence,
  statement: string,
  check: (scene: Scene) => Promise<void>,
  options: SandboxOptions = {},
): void {
  it.each(Object.entries(USERS))(`${section} (${evidence}) ${statement} — %s`, async (_, number) => {
    await check(await sceneOf(number, options));
  });
}

async function sceneOf(number: Scene['number'], options: SandboxOptions): Promise<Scene> {
  const sandbox = await openSandbox(options);
  if (number === '102') await equip(sandbox);
  const login = await sandbox.loginAs(number);
  if (number === '102') await login.post('/client-info/sip-provision', { sipInfo: [{ transport: 'WSS' }] });
  const { extensions, devices } = await sandbox.state();
  const id = (wanted: string) =>
    extensions.find(({ extensionNumber }: Json) => extensionNumber === wanted).id as string;
  const phone = (owner: string, listed: boolean) =>
    devices.find(
      (one: Json) => one.extensionNumber === owner && one.listed === listed && one.status === 'Online',
    )?.id as string;
  return {
    sandbox,
    login,
    number,
    extensionId: id(number),
    direct: `+12055550${number}`,
    desk: phone(number, true),
    app: phone(number, false),
    colleague: { number: '103', extensionId: id('103'), desk: phone('103', true) },
    other:
      number === '101'
        ? { number: '102', extensionId: id('102') }
        : { number: '101', extensionId: id('101') },
  };
}

/** 102 as 101 is by default, apart from the administrator's rights. */
async function equip(sandbox: TestSandbox): Promise<void> {
  await sandbox.control('PATCH', '/extensions/102', {
    flipNumbers: [
      { phoneNumber: '+12055550991', flipNumber: '1' },
      { phoneNumber: '+12055550102', flipNumber: '2', type: 'PhoneLine', deviceId: '60102001' },
    ],
  });
  await sandbox.control('PATCH', '/monitoring-groups/3001', {
    members: [
      { extensionNumber: '102', permissions: ['Monitoring'] },
      { extensionNumber: '103', permissions: ['Monitored'] },
    ],
  });
}

/** A call with the ids of one's own party and of the other side's. */
export interface Talk {
  id: string;
  own: string;
  far: string;
}

/** Somebody outside calls the user, whose phones ring. */
export async function ringing({ sandbox, number }: Scene, to: object = {}): Promise<Talk> {
  const id = await sandbox.dial({ phoneNumber: OUTSIDE }, { extensionNumber: number, ...to });
  return { id, own: (await sandbox.partyOf(id, number)).id, far: (await sandbox.partyOf(id, undefined)).id };
}

/** The same, answered at the desk phone. */
export async function talking(scene: Scene): Promise<Talk> {
  const talk = await ringing(scene);
  await scene.sandbox.act(talk.id, scene.number, 'answer', { deviceId: scene.desk });
  return talk;
}

/** The user has called somebody, who has answered. */
export async function called(scene: Scene, extensionNumber: string): Promise<Talk> {
  const { sandbox, number } = scene;
  const id = await sandbox.dial({ extensionNumber: number }, { extensionNumber });
  await sandbox.act(id, extensionNumber, 'answer');
  const [own, far] = [await sandbox.partyOf(id, number), await sandbox.partyOf(id, extensionNumber)];
  return { id, own: own.id, far: far.id };
}

/** An operation on one's own party, or on the one named. */
export function operate(
  { login }: Scene,
  { id, own }: Pick<Talk, 'id' | 'own'>,
  operation: string,
  body?: unknown,
): Promise<Reply> {
  return login.post(`/account/~/telephony/sessions/${id}/parties/${own}/${operation}`, body);
}

export function partyPath({ id, own }: Pick<Talk, 'id' | 'own'>): string {
  return `/account/~/telephony/sessions/${id}/parties/${own}`;
}

export async function callOf({ sandbox }: Scene, id: string): Promise<Json> {
  const { calls } = await sandbox.state();
  return calls.find((call: Json) => call.telephonySessionId === id);
}

export async function partyIn(scene: Scene, id: string, partyId: string): Promise<Json> {
  return (await callOf(scene, id)).parties.find((party: Json) => party.id === partyId);
}

/** `status code` of a refusal, or the bare status of a success. */
export function verdict({ status, body }: Reply): string {
  const code = body?.errors?.[0]?.errorCode;
  return code === undefined ? String(status) : `${status} ${code}`;
}

export async function expectRefused(reply: Promise<Reply>, expected: string): Promise<void> {
  expect(verdict(await reply)).toBe(expected);
}

/** Numbers of who was reached in a call and how, in order: `rings 103`. */
export function reached(call: Json): string[] {
  return call.reached.map((one: Json) => `${one.how} ${one.extensionNumber ?? one.phoneNumber}`);
}

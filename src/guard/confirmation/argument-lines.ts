import type { Device, Extension } from '../../ringcentral/wire/lookups.ts';
import { clean } from '../../shared/untrusted.ts';
import type { Action } from '../action.ts';
import { identityOf } from '../assessment/targets/account.ts';

/** What the lines of a question are written from. */
export interface Known {
  devices: readonly Device[];
  /** Empty when they could not be read. */
  extensions: readonly Extension[];
}

type Row = (value: unknown, known: Known, action: Action) => string | undefined;

/** Arguments that change who hears what, beside the calls and where they go, each as a line of the question. */
export const rows: Readonly<Record<string, Row>> = {
  deviceId: (id, { devices }, { tool }) =>
    tool === 'ignore_call_in_queue' ? `Stops ringing: ${phoneWords(id, devices)}` : opens(id, devices),
  fromDeviceId: (id, { devices }) => opens(id, devices),
  supervisorDeviceId: (id, { devices }) => `You listen on: ${phoneWords(id, devices)}`,
  autoAnswer: (answers) => (answers === false ? 'Your phone rings first, and you pick it up.' : undefined),
  agentExtensionId: (id, { extensions }) =>
    listensTo(
      extensions.find((one) => one.id === id),
      'somebody who is not in the directory',
    ),
  agentExtensionNumber: (number, { extensions }) =>
    listensTo(
      extensions.find(({ extensionNumber }) => extensionNumber === number),
      `extension ${clean(String(number))}`,
    ),
  ringSeconds: (seconds) => `Rings for ${seconds} seconds at most.`,
  hangUpAfterSeconds: (seconds) => `Ends by itself after ${seconds} seconds unless somebody answers.`,
  keepConferenceAlive: (stays) =>
    stays === true
      ? 'The conference stays open when its last participant has gone.'
      : 'The conference ends when its last participant has gone.',
};

/** A line for each argument of the act that the effect's own words leave open. */
export const argumentLines = (action: Action, known: Known): string[] =>
  Object.entries(action.args).flatMap(([name, value]) =>
    value === undefined || !Object.hasOwn(rows, name) ? [] : (rows[name]?.(value, known, action) ?? []),
  );

const opens = (id: unknown, devices: readonly Device[]): string =>
  `Opens the microphone of: ${phoneWords(id, devices)}`;

const listensTo = (extension: Extension | undefined, otherwise: string): string =>
  `Listens to: ${extension ? identityOf(extension) : otherwise}`;

/** One of the person's phones: `your phone «Desk»`; by its model or kind where it has no name. */
export function phoneWords(id: unknown, devices: readonly Device[]): string {
  const device = devices.find((one) => one.id === id);
  const name = device?.name ?? device?.model?.name ?? device?.type;
  return name ? `your phone «${clean(name)}»` : 'one of your phones, which has no name';
}

import type { Device, Extension } from '../../ringcentral/wire/lookups.ts';
import { clean } from '../../shared/untrusted.ts';
import type { Action } from '../action.ts';

/** What the lines of a question are written from. */
export interface Known {
  devices: readonly Device[];
  /** Empty when they could not be read. */
  extensions: readonly Extension[];
}

type Row = (value: unknown, known: Known, action: Action) => string | undefined;

/**
 * Arguments that change who hears what, beside the calls and where they go, each as a line of the question. Names are
 * fenced, whoever chose them.
 */
const rows: Readonly<Record<string, Row>> = {
  deviceId: (id, { devices }, { tool }) =>
    tool === 'ignore_call_in_queue' ? `Stops ringing: ${phone(id, devices)}` : opens(id, devices),
  fromDeviceId: (id, { devices }) => opens(id, devices),
  supervisorDeviceId: (id, { devices }) => `You listen on: ${phone(id, devices)}`,
  autoAnswer: (answers) => (answers === false ? 'Your phone rings first, and you pick it up.' : undefined),
  agentExtensionId: (id, { extensions }) =>
    `Listens to: ${extensionWords(
      extensions.find((one) => one.id === id),
      `the extension with the id ${clean(String(id))}`,
    )}`,
  agentExtensionNumber: (number, { extensions }) =>
    `Listens to: ${extensionWords(
      extensions.find(({ extensionNumber }) => extensionNumber === number),
      `extension ${clean(String(number))}`,
    )}`,
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
  `Opens the microphone of: ${phone(id, devices)}`;

function phone(id: unknown, devices: readonly Device[]): string {
  const device = devices.find((one) => one.id === id);
  return device?.name ? `your phone «${clean(device.name)}»` : `your phone with the id ${clean(String(id))}`;
}

/** `extension 102 «Bob Boss»`; `otherwise` where the directory does not have it. */
export function extensionWords(extension: Extension | undefined, otherwise: string): string {
  if (!extension) return otherwise;
  const { extensionNumber, id, name } = extension;
  const number = extensionNumber ?? `with the id ${clean(id)}`;
  return `extension ${number}${name ? ` «${clean(name)}»` : ''}`;
}

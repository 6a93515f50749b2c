import { type Device, isUsable } from '../../ringcentral/wire/lookups.ts';
import { Failure } from '../../shared/failure.ts';
import { clean } from '../../shared/untrusted.ts';
import type { ActionTool } from './action-tool.ts';
import type { ToolContext } from './context.ts';

type Args = Readonly<Record<string, unknown>>;

/** Ids of the phones that an act would use. */
export function phonesOf({ phone }: ActionTool, args: Args): string[] {
  const id = phone && args[phone];
  return typeof id === 'string' ? [id] : [];
}

/**
 * The phone that an act uses where its arguments name none: the one that is confirmed for agents, else the only
 * usable one, which the guard then asks about by its name.
 * @throws Failure `invalid_input` that lists the phones where it is not clear which one, `wrong_state` where none can
 * be used
 */
export async function defaultPhone(
  parameter: string,
  { line: { guard, platform }, principal }: ToolContext,
): Promise<string> {
  const devices = await platform.listDevices();
  const usable = devices.filter(isUsable);
  const isConfirmed = await Promise.all(devices.map((device) => guard.isConfirmedPhone(device, principal)));
  const confirmed = devices.filter((_, index) => isConfirmed[index]);
  const fits = confirmed.filter(isUsable);
  const [first] = fits.length > 0 || confirmed.length > 0 ? fits : usable;
  const isClear = fits.length === 1 || (confirmed.length === 0 && usable.length === 1);
  if (first && isClear) return first.id;
  if (usable.length === 0) {
    const all = devices.map(words).join(', ');
    throw new Failure(
      'wrong_state',
      `No phone of yours can be used now${all ? `: ${all}` : ': RingCentral lists none'}. Nothing was done.`,
      { parameter, choices: devices.map(shown), next: ['list_devices'] },
    );
  }
  const off = fits.length === 0 ? confirmed.find((device) => !isUsable(device)) : undefined;
  const why = off ? `your confirmed phone cannot be used now: ${words(off)}` : guard.missingPhone(devices);
  const choices = fits.length > 1 ? fits : usable;
  throw new Failure(
    'invalid_input',
    `${why ? `${capital(why)}. ` : ''}Say which phone, as ${parameter}: ${choices.map(words).join(', ')}.`,
    { parameter, choices: choices.map(shown), next: ['list_devices'] },
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const shown = ({ id, name, status }: Device) => ({ id, ...(name && { name: clean(name) }), status });

const words = ({ id, name, status }: Device): string =>
  [id, name && clean(name), `(${status ?? 'not a phone that answers'})`].filter(Boolean).join(' ');

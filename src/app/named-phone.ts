import type { AccountDirectory } from '../guard/ports.ts';
import { isNamedPhone } from '../ringcentral/wire/lookups.ts';
import type { Logger } from '../shared/log.ts';

/** Warns in the log where `RC_MCP_PHONE` is none of the login's phones. Throws `Failure` where those cannot be read. */
export async function warnOfMissingPhone(
  phone: string,
  directory: Pick<AccountDirectory, 'devices'>,
  log: Logger,
): Promise<void> {
  const devices = await directory.devices();
  if (devices.some((device) => isNamedPhone(device, phone))) return;
  const phones = devices.map(({ name, id }) => name ?? id);
  log.warn({ phone, phones }, 'RC_MCP_PHONE names no phone of this login');
}

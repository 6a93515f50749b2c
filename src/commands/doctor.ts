import { createLogger } from '../base/log.ts';
import type { Credentials } from '../config.ts';

export async function doctor(_credentials: Credentials | undefined): Promise<number> {
  await createLogger('warn');
  return 1;
}

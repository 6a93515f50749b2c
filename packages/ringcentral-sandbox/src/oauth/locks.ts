import type { World } from '../engine/world.ts';
import { type OAuthError, oauthErrors } from './errors.ts';

/** Why that extension can neither log in nor refresh (platform.md 9.2); undefined: it can. */
export function lockOf({ account, extensions }: World, extensionId: string): OAuthError | undefined {
  if (account.status === 'Disabled') return oauthErrors.accountDisabled();
  return extensions.get(extensionId)?.status === 'Enabled' ? undefined : oauthErrors.extensionDisabled();
}

import { ConfigError } from '../config/settings.ts';
import type { Logger } from '../shared/log.ts';

export type OidcProvider = typeof import('oidc-provider');

/**
 * Loads oidc-provider, which writes notices to the console while it loads: they go to the log instead.
 * @throws ConfigError for a Node that lacks what it needs
 */
export async function loadProvider(log: Logger): Promise<OidcProvider> {
  if (typeof URL.parse !== 'function') throw new ConfigError('--sign-in needs Node 20.18 or newer.');
  const { console } = globalThis;
  const { info, warn } = console;
  console.info = (text: unknown) => log.info({ from: 'oidc-provider' }, String(text));
  console.warn = (text: unknown) => log.debug({ from: 'oidc-provider' }, String(text));
  try {
    return await import('oidc-provider');
  } finally {
    Object.assign(console, { info, warn });
  }
}

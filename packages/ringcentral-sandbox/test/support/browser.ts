import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.CHROMIUM_PATH ?? places.find(existsSync);

/** Why browser tests cannot run here; in CI they must. */
export const noBrowser: string | undefined =
  executablePath || process.env.CHROMIUM_REQUIRED
    ? undefined
    : 'Chromium is missing (CHROMIUM_PATH names another place)';

/** A headless Chromium. The sandbox of its own needs rights that containers do not have. */
export async function openBrowser(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] });
}

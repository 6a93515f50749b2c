import type { Browser, Shown } from './browser.ts';
import { hiddenFieldsOf, signInAtRingCentral } from './sign-in-page.ts';

/** Signs in to a person's own page. @returns what the browser shows then */
export async function openOwnPage(browser: Browser, extensionNumber?: string): Promise<Shown> {
  const away = await browser.submit(await browser.open('/me'), [['do', 'sign-in']]);
  return browser.open(await signInAtRingCentral(away.url, extensionNumber));
}

/** Presses a button of a person's own page. @returns what the browser shows then */
export const press = (
  browser: Browser,
  page: Shown,
  wish: string,
  fields: [string, string][] = [],
): Promise<Shown> => browser.submit(page, [['csrf', csrfOf(page)], ['do', wish], ...fields]);

export const csrfOf = ({ body }: Shown): string =>
  hiddenFieldsOf(body).find(([name]) => name === 'csrf')?.[1] ?? '';

/** Values of the hidden fields of this name, in the order of the page. */
export const valuesOf = ({ body }: Shown, name: string): string[] =>
  hiddenFieldsOf(body).flatMap(([field, value]) => (field === name ? [value] : []));

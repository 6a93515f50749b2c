/** A person's browser at RingCentral's sign-in page, which the sandbox plays. */

/**
 * Signs in at the page that `url` shows.
 * @param extensionNumber of the person; absent: whom the page has chosen
 * @returns where the browser is sent with the code
 */
export async function signInAtRingCentral(url: URL | string, extensionNumber?: string): Promise<URL> {
  const page = await fetch(url);
  if (page.status !== 200) throw new Error(`${page.status} ${await page.text()}`);
  const form = new URLSearchParams(hiddenFieldsOf(await page.text()));
  if (extensionNumber !== undefined) form.set('extensionNumber', extensionNumber);
  const answer = await fetch(new URL('/restapi/oauth/authorize', url), {
    method: 'POST',
    body: form,
    redirect: 'manual',
  });
  const location = answer.headers.get('location');
  if (location === null) throw new Error(`${answer.status} ${await answer.text()}`);
  return new URL(location);
}

/** Names and values of the hidden fields of a page. */
export function hiddenFieldsOf(html: string): [string, string][] {
  return [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(
    ([, name = '', value = '']) => [unescaped(name), unescaped(value)],
  );
}

const unescaped = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

interface Cookie {
  name: string;
  value: string;
  path: string;
  attributes: string;
}

/** What a browser shows. */
export interface Shown {
  url: URL;
  status: number;
  headers: Headers;
  body: string;
}

/**
 * A browser at the pages of one server: keeps cookies by path, and follows redirects while they stay at this server.
 * Where the server has another name than its address, a proxy is played that passes everything on as it is.
 */
export class Browser {
  readonly #origin: string;
  readonly #address: string;
  readonly #cookies = new Map<string, Cookie>();

  constructor(origin: string, address = origin) {
    this.#origin = origin;
    this.#address = address;
  }

  /** Cookies that it has, newest last. */
  get cookies(): Cookie[] {
    return [...this.#cookies.values()];
  }

  open(url: URL | string): Promise<Shown> {
    return this.#go(new URL(url, this.#origin), {});
  }

  /** Sends the form of a page, as its button does. */
  submit(
    { url, body }: Shown,
    fields: [string, string][],
    headers: Record<string, string> = { origin: this.#origin, 'sec-fetch-site': 'same-origin' },
  ): Promise<Shown> {
    const action = /<form method="post" action="([^"]*)"/.exec(body)?.[1] ?? url.href;
    return this.#go(new URL(action, url), {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    });
  }

  async #go(url: URL, init: RequestInit): Promise<Shown> {
    const headers = new Headers(init.headers);
    const cookies = this.cookies.filter(
      ({ path }) => url.pathname === path || url.pathname.startsWith(path.replace(/\/?$/, '/')),
    );
    if (cookies.length > 0)
      headers.set('cookie', cookies.map(({ name, value }) => `${name}=${value}`).join('; '));
    const passedOn = url.origin === this.#origin ? new URL(url.pathname + url.search, this.#address) : url;
    const response = await fetch(passedOn, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) this.#keep(line, url);
    const location = response.headers.get('location');
    const body = await response.text();
    if (location !== null) {
      const next = new URL(location, url);
      if (next.origin === this.#origin) return this.#go(next, {});
      return { url: next, status: response.status, headers: response.headers, body };
    }
    return { url, status: response.status, headers: response.headers, body };
  }

  #keep(line: string, url: URL): void {
    const [pair = '', ...attributes] = line.split(/; ?/);
    const [name = '', ...value] = pair.split('=');
    const attribute = (wanted: string) =>
      attributes.find((one) => one.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const path = attribute('path') ?? url.pathname;
    const key = `${name} ${path}`;
    this.#cookies.delete(key);
    const ended = attribute('max-age') === '0' || attribute('expires')?.includes('1970');
    if (!ended)
      this.#cookies.set(key, { name, value: value.join('='), path, attributes: attributes.join('; ') });
  }
}

import type { Html } from './pages/html.ts';

/** A request of a browser that is answered with a page which says why. The message is shown to the person. */
export class PageError extends Error {
  override readonly name = 'PageError';
  readonly status: number;
  /** What the person can do now; absent: connect the app again. */
  readonly more: Html | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    { more, headers = {} }: { more?: Html; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.more = more;
    this.headers = headers;
  }
}

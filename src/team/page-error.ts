import type { Html } from './pages/html.ts';

/** A request of a browser that is answered with a page which says why. The message is shown to the person. */
export class PageError extends Error {
  override readonly name = 'PageError';
  readonly status: number;
  /** What the person can do now; absent: connect the app again. */
  readonly more: Html | undefined;
  /** Of the page; absent: that sign-in did not work. */
  readonly title: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    { title, more, headers = {} }: { title?: string; more?: Html; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.title = title;
    this.more = more;
    this.headers = headers;
  }
}

import type { Http } from './http.ts';
import { HttpRequest } from './http-message.ts';

/**
 * `Http` in the form of the web's fetch, for libraries that want one: by the company's proxy where one is named, and
 * without following redirects. Bodies are texts and forms; what else `fetch` takes is not.
 */
export const createWebFetch =
  (http: Http) =>
  async (url: string, { method = 'GET', headers, body, signal }: RequestInit): Promise<Response> => {
    const request = new HttpRequest(url, {
      method,
      headers: Object.fromEntries(new Headers(headers)),
      ...(body != null && { body: String(body) }),
      ...(signal != null && { signal }),
    });
    const answer = await http.exchange(request);
    const hasNoBody = [204, 205, 304].includes(answer.status);
    return new Response(hasNoBody ? null : answer.body, {
      status: answer.status,
      headers: [...answer.headers],
    });
  };

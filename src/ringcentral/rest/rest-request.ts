import type { RateGroup } from '../wire/operation-table.ts';
import type { Attempt } from './errors.ts';
import type { Priority } from './rate-rules.ts';

export interface RestRequest extends Attempt {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  /** `path` with its parameters unfilled. */
  route: string;
  group: RateGroup;
  query?: Record<string, string | number | boolean | readonly string[]>;
  body?: object;
  priority?: Priority;
  signal?: AbortSignal;
  /** Called right before the request leaves, at each try; what it throws is thrown instead of sending. */
  beforeSend?: () => void;
  /** How long the answer may take, where it is less than usual. */
  timeoutMs?: number;
}

/** A request whose body is not known yet. */
export type PlannedRequest = Omit<RestRequest, 'body' | 'query' | 'beforeSend'>;

/** A request that is ready to leave: logged in, and with its place in the rate limit. */
export interface PreparedRequest {
  /**
   * Sends the request, once.
   * @returns the answer; undefined when the platform refused the login: nothing was done, and there is a new login
   * @throws Failure, or what `beforeSend` throws: then nothing was sent
   */
  send(body: object | undefined, beforeSend: () => void): Promise<RestAnswer | undefined>;
  /** Gives its place in the rate limit back. Does nothing once it was sent. */
  cancel(): void;
}

export interface RestAnswer {
  /** Parsed JSON; undefined when there is none. */
  body: unknown;
  /** The body as text, for answers that are not plain JSON. */
  text: string;
  requestId?: string;
}

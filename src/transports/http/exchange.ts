import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../identity/principal.ts';

/** One HTTP request with its answer. `principal` is the local one until the request has been identified. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  principal: Principal;
  /**
   * Reads the JSON body. Its bytes count against the principal's limit until the response is closed, and each message
   * of a batch counts as a request.
   * @throws Refusal as `readJson`; 429 over the rate limit, 503 while the bodies held in memory are at their limit
   */
  readBody(): Promise<unknown>;
  /** The response is an event stream: a shutdown does not wait for it, but ends it. */
  lasting: boolean;
}

/** What is served under one path. */
export interface Route {
  methods: readonly string[];
  /** What a 405 says beside the method: which one is offered, or where to go. */
  instead?: string;
  /** Served without identifying the caller. */
  open?: boolean;
  /** The caller needs the scope of those who run the server (`adminScope`), in the place of `calls:read`. */
  forOperators?: boolean;
  /**
   * Served under any Host: probes use addresses that nobody configured. What it shows needs a key, or is no secret.
   */
  anyHost?: boolean;
  /** A page that a person opens: pages of other origins may not read it, not even where they may use this server. */
  page?: boolean;
  /** Served while the server shuts down, too. */
  evenClosing?: boolean;
  handle(exchange: Exchange): void | Promise<void>;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../identity/principal.ts';

/** One HTTP request that has passed the origin check, with its answer. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  principal: Principal;
  /**
   * Reads the body, which counts against the principal's limits while the exchange lasts: each message of a batch is
   * a request. Throws what `readJson` throws, 429, and 503 where others' bodies fill the room for them.
   */
  readBody(): Promise<unknown>;
  /** An event stream: it ends when somebody ends it, and a shutdown does not wait for it. */
  lasting: boolean;
}

/** What is served under one path. */
export interface Route {
  methods: readonly string[];
  /** Where to go with another method. */
  instead?: string;
  /** No identity is asked for. */
  open?: boolean;
  /** Any Host will do: probes come under addresses that nobody configured, and show a key or learn nothing worth hiding. */
  anyHost?: boolean;
  /** Answers while the server shuts down. */
  evenClosing?: boolean;
  handle(exchange: Exchange): void | Promise<void>;
}

import { ApiError } from '../engine/api.ts';
import type { ApiReply } from '../rest/exchange.ts';
import { Router } from '../rest/router.ts';
import { ControlError, type ControlParts } from './route.ts';
import { controlRoutes } from './routes.ts';

/** Where the control interface is on the server. */
export const CONTROL_PATH = '/sandbox/v1';

/** The control interface: by it tests and people act at the phones and change the simulated world. */
export class Control {
  readonly #parts: ControlParts;
  readonly #router = new Router(controlRoutes);

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /** Answers a request, refusals included. `path` is relative to CONTROL_PATH, `body` is JSON or empty. */
  answer(method: string, path: string, query: URLSearchParams, body: string): ApiReply {
    try {
      const match = this.#router.find(method, path);
      if (!match) throw new ControlError(404, `There is no ${method} ${path} here`);
      return match.route.handle({ path: match.path, query, body: parse(body) }, this.#parts);
    } catch (error) {
      if (error instanceof ControlError) return { status: error.status, body: { error: error.message } };
      if (error instanceof ApiError) {
        return { status: error.status, body: { error: error.message, errorCode: error.errorCode } };
      }
      throw error;
    }
  }
}

function parse(body: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch {
    throw new ControlError(400, 'The body is no JSON');
  }
}

import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { ApiError } from '../engine/api.ts';
import type { Envelope, Transport } from './subscriptions.ts';

const ANSWER_WITHIN_MS = 3000;
const ANSWER_BYTES = 1024;
/** No other status will do, neither at the handshake nor for a delivery (platform.md 6.2, 6.3). */
const SUCCESS = 200;
const FAILING_BEFORE_BLACKLISTED_MS = 10 * 60_000;
const DELIVERIES_AT_ONCE = 8;
const DELIVERIES_WAITING = 1000;
const USER_AGENT = 'RingCentral-Webhook/8.4';

/** Greets the receiver before the subscription exists (platform.md 6.2). Throws ApiError. */
export async function handshake(address: string, verificationToken?: string): Promise<void> {
  checkAddress(address);
  const validationToken = randomUUID();
  let response: Response;
  try {
    response = await post(address, { 'Validation-Token': validationToken }, verificationToken);
  } catch {
    throw new ApiError(400, 'SUB-521', 'WebHook is not reachable');
  }
  const body = await response.arrayBuffer();
  if (response.status !== SUCCESS)
    throw new ApiError(400, 'SUB-521', `WebHook responds with code: [${response.status}]`);
  if (response.headers.get('validation-token') !== validationToken) {
    throw new ApiError(400, 'SUB-520', 'WebHook does not return the Validation-Token header');
  }
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  if (!isJson || headBytes(response) + body.byteLength > ANSWER_BYTES) {
    throw new ApiError(400, 'SUB-525', 'WebHook answer must be JSON and at most 1024 bytes');
  }
}

/** Plain HTTP is for receivers on this machine only: production takes none (SUB-523). */
function checkAddress(address: string): void {
  if (!URL.canParse(address)) {
    throw new ApiError(400, 'CMN-101', 'Parameter [deliveryMode.address] value is invalid', {
      parameterName: 'deliveryMode.address',
    });
  }
  const { protocol, hostname } = new URL(address);
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && loopback)) {
    throw new ApiError(400, 'SUB-523', 'WebHook address must use HTTPS');
  }
}

/**
 * Deliveries to one address: each tried once, in no promised order (platform.md 6.4). After ten minutes without
 * success the subscription is blacklisted for good.
 */
export class WebHookTransport implements Transport {
  readonly type = 'WebHook';
  readonly address: string;
  readonly #verificationToken: string | undefined;
  readonly #clock: Clock;
  readonly #waiting: Envelope[] = [];
  #underWay = 0;
  #lastFailure = '';
  #stopWaiting: (() => void) | undefined;
  #blacklisted: { blacklistedAt: string; reason: string } | undefined;
  #closed = false;

  constructor(address: string, verificationToken: string | undefined, clock: Clock) {
    this.address = address;
    this.#verificationToken = verificationToken;
    this.#clock = clock;
  }

  /** When too many wait the oldest is dropped, as if its delivery had failed. */
  deliver(envelope: Envelope): void {
    if (this.#blacklisted || this.#closed) return;
    this.#waiting.push(envelope);
    if (this.#waiting.length > DELIVERIES_WAITING) this.#waiting.shift();
    void this.#work();
  }

  blacklisted(): { blacklistedAt: string; reason: string } | undefined {
    return this.#blacklisted;
  }

  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    this.#stopWaiting?.();
  }

  async #work(): Promise<void> {
    if (this.#underWay >= DELIVERIES_AT_ONCE) return;
    this.#underWay++;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) await this.#attempt(next);
    this.#underWay--;
  }

  async #attempt(envelope: Envelope): Promise<void> {
    try {
      const response = await post(this.address, {}, this.#verificationToken, envelope);
      await response.arrayBuffer();
      if (response.status === SUCCESS) {
        this.#stopWaiting?.();
        this.#stopWaiting = undefined;
        return;
      }
      this.#lastFailure = `Webhook responses with code: [${response.status}], reason: [${response.statusText}]`;
    } catch (error) {
      const timedOut = error instanceof Error && error.name === 'TimeoutError';
      this.#lastFailure = timedOut ? 'Read timeout' : 'Connection failed';
    }
    if (this.#closed) return;
    this.#stopWaiting ??= this.#clock.setTimeout(() => {
      const blacklistedAt = new Date(this.#clock.now()).toISOString();
      this.#blacklisted = { blacklistedAt, reason: this.#lastFailure };
      this.#waiting.length = 0;
    }, FAILING_BEFORE_BLACKLISTED_MS);
  }
}

function post(
  address: string,
  headers: Record<string, string>,
  verificationToken: string | undefined,
  body?: unknown,
): Promise<Response> {
  return fetch(address, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': USER_AGENT,
      ...(verificationToken === undefined ? {} : { 'Verification-Token': verificationToken }),
      ...headers,
    },
    body: body === undefined ? '' : JSON.stringify(body),
    redirect: 'manual',
    // How fast a receiver answers is a matter of real time, whatever the sandbox's clock says.
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
}

function headBytes(response: Response): number {
  return [...response.headers].reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
}

import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { ApiError } from '../engine/api.ts';
import type { Envelope, Transport } from './subscriptions.ts';

/** How long a receiver may take to answer, and how long its answer to the handshake may be (platform.md 6.2). */
const ANSWER_WITHIN_MS = 3000;
const ANSWER_BYTES = 1024;
/** The only status that counts as success, at the handshake and for a delivery (platform.md 6.2, 6.3). */
const SUCCESS = 200;
const FAILING_BEFORE_BLACKLISTED_MS = 10 * 60_000;
/** Deliveries under way to one address, and those that wait, at most. */
const DELIVERIES_AT_ONCE = 8;
const DELIVERIES_WAITING = 1000;
const USER_AGENT = 'RingCentral-Webhook/8.4';

/**
 * Asks a receiver whether it wants notifications, before the subscription exists (platform.md 6.2).
 *
 * @throws ApiError CMN-101 or SUB-523 for the address, SUB-521, SUB-520 or SUB-525 for what the receiver answers
 */
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

/** Refuses HTTP but for receivers on this machine; the platform refuses all of it (SUB-523). */
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
 * Delivers to one address: each notification is tried once, in no certain order (platform.md 6.4). When ten minutes
 * have passed since the first failure without a success, nothing is delivered any more.
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

  /** Delivers later. When too many wait, the oldest is dropped. */
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
    // In real time: how fast a receiver answers does not depend on the sandbox's clock.
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
}

/** Bytes of the response's headers. */
function headBytes(response: Response): number {
  return [...response.headers].reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
}

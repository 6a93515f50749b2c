import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../../../shared/clock.ts';
import { isSameSecret } from '../../../shared/is-same-secret.ts';
import type { Principal } from '../../identity/principal.ts';

/** The header that a request between replicas has. */
export const hopHeader = 'x-rc-mcp-replica';

/** What one replica passes on to another: a request of a client that it has let in. */
export interface Hop {
  /** The replica that it is for. */
  to: string;
  method: string;
  /** Of the request between the replicas. */
  path: string;
  session: string;
  /** Who the client is, as the replica that passes on has found it. */
  principal: Principal;
  /** Headers of the client that MCP knows; no others are passed on. */
  headers: Readonly<Record<string, string>>;
  /** Of the body; empty where there is none. */
  digest: string;
}

/** Keys that only replicas have: the one to sign with, then those that are taken too. */
export type HopKeys = readonly [Buffer, ...Buffer[]];

interface Sealed extends Omit<Hop, 'principal'> {
  principal: { name: string; scopes: string[]; grant?: string; expiresAt?: number };
  at: number;
  nonce: string;
}

/** In ms: how long after it was made a request is taken. It is also what a replica that stood still does not do late. */
const freshMs = 5_000;
/** Nonces that are remembered: more requests within the time above are refused. */
const mostNonces = 200_000;

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** A header that only who has the key can make, for one request to one replica. */
export function sealHop([key]: HopKeys, { principal, ...hop }: Hop, clock: Clock): string {
  const { name, scopes, grant, expiresAt } = principal;
  const sealed: Sealed = {
    ...hop,
    principal: {
      ...{ name, scopes: [...scopes] },
      ...(grant !== undefined && { grant }),
      ...(expiresAt !== undefined && { expiresAt }),
    },
    at: clock.now(),
    nonce: randomBytes(12).toString('base64url'),
  };
  const text = Buffer.from(JSON.stringify(sealed)).toString('base64url');
  return `${text}.${macOf(key, text)}`;
}

/** Opens what `sealHop` made, once each. */
export class HopOpener {
  readonly #keys: HopKeys;
  readonly #replica: string;
  readonly #clock: Clock;
  /** With the time until which they could come again; the oldest first. */
  readonly #nonces = new Map<string, number>();

  constructor(keys: HopKeys, replica: string, clock: Clock) {
    this.#keys = keys;
    this.#replica = replica;
    this.#clock = clock;
  }

  /**
   * The request that was passed on; undefined where the header was not made with the key, for this replica, method and
   * path, just now, or came before.
   */
  open(header: string, method: string, path: string): Hop | undefined {
    const [text = '', mac = '', ...rest] = header.split('.');
    if (rest.length > 0 || !this.#keys.some((key) => isSameSecret(macOf(key, text), mac))) return undefined;
    const { at, nonce, principal, ...hop } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Sealed;
    if (hop.to !== this.#replica || hop.method !== method || hop.path !== path) return undefined;
    const now = this.#clock.now();
    if (Math.abs(now - at) > freshMs || !this.#isNew(nonce, now)) return undefined;
    return { ...hop, principal: { ...principal, scopes: new Set(principal.scopes) } };
  }

  #isNew(nonce: string, now: number): boolean {
    for (const [old, until] of this.#nonces) {
      if (until > now) break;
      this.#nonces.delete(old);
    }
    if (this.#nonces.has(nonce) || this.#nonces.size >= mostNonces) return false;
    this.#nonces.set(nonce, now + 2 * freshMs);
    return true;
  }
}

const macOf = (key: Buffer, text: string): string =>
  createHmac('sha256', key).update(text).digest('base64url');

import { lookup as lookUpAddress } from 'node:dns';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import { createAddressCheck } from './public-address.ts';
import type { Fetch } from './ringcentral-oauth.ts';

export interface MetadataFetchOptions {
  /** Whether an address may be connected to; absent: those of the public internet. */
  isAllowed?: (address: string) => boolean;
  /** Absent: the system's resolver. */
  resolve?: Resolve;
  /** Certificates to trust, PEM; absent: those of Node. */
  ca?: string;
  /** From the look-up of the name to the end of the body; absent: 3 s. */
  timeoutMs?: number;
}

/** All addresses of a host. */
export type Resolve = (host: string) => Promise<string[]>;

/** In bytes; whoever reads the body may take less. */
const largest = 16 * 1024;
/** How many are under way at most: anybody can have this server fetch. */
const atOnce = 8;

/**
 * Fetches what a stranger has named by its address: over https, from public addresses, without redirects, in bounded
 * time, size and number. The address that was checked is the one that is connected to, whatever the name stands for a
 * moment later (MCP "Security Best Practices", server-side request forgery).
 *
 * Rejects where any of this does not hold. It goes directly, by no proxy.
 */
export function createMetadataFetch({
  isAllowed = createAddressCheck(),
  resolve = resolveBySystem,
  ca,
  timeoutMs = 3_000,
}: MetadataFetchOptions = {}): Fetch {
  let underWay = 0;
  return async (address, init) => {
    const url = new URL(address);
    if (url.protocol !== 'https:') throw new Error('only https is fetched');
    if (init.method !== undefined && init.method !== 'GET') throw new Error('only GET is sent');
    if (underWay >= atOnce) throw new Error('too many documents are fetched now');
    underWay += 1;
    try {
      const deadline = AbortSignal.timeout(timeoutMs);
      const pinned = await allowedAddress(url.hostname, resolve, isAllowed, deadline);
      return await get(url, pinned, new Headers(init.headers), deadline, ca);
    } finally {
      underWay -= 1;
    }
  };
}

async function allowedAddress(
  hostname: string,
  resolve: Resolve,
  isAllowed: (address: string) => boolean,
  deadline: AbortSignal,
): Promise<string> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) === 0 ? await unlessLate(resolve(host), deadline) : [host];
  const [first] = addresses;
  // One that is not public is enough: a name that stands for both is meant to be tried until it is.
  if (first === undefined || !addresses.every(isAllowed)) throw new Error('the host has no public address');
  return first;
}

function get(
  url: URL,
  address: string,
  headers: Headers,
  deadline: AbortSignal,
  ca: string | undefined,
): Promise<Response> {
  const pinned: LookupFunction = (_, { all }, callback) => {
    const family = isIP(address);
    if (all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
  return new Promise((resolve, reject) => {
    const request = requestHttps(
      url,
      {
        headers: Object.fromEntries(headers),
        lookup: pinned,
        agent: false,
        signal: deadline,
        maxHeaderSize: largest,
        ...(ca !== undefined && { ca }),
      },
      (message) => {
        readBounded(message).then((body) => {
          const { statusCode = 0, headersDistinct } = message;
          const pairs = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
            values.map((value): [string, string] => [name, value]),
          );
          const bare = statusCode < 200 || [204, 205, 304].includes(statusCode);
          // A redirect comes out as such, and is no document.
          resolve(new Response(bare ? null : body, { status: statusCode, headers: pairs }));
        }, reject);
      },
    );
    request.once('error', reject);
    request.end();
  });
}

async function readBounded(message: Readable): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largest) throw new Error('the document is too large');
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

const resolveBySystem: Resolve = (host) =>
  new Promise((resolve, reject) => {
    lookUpAddress(host, { all: true }, (error, found) => {
      if (error) reject(error);
      else resolve(found.map(({ address }) => address));
    });
  });

function unlessLate<T>(work: Promise<T>, deadline: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    deadline.addEventListener('abort', () => reject(new Error('the host is not found in time')), {
      once: true,
    });
    work.then(resolve, reject);
  });
}

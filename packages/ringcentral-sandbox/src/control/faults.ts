import { z } from 'zod';
import { ACT_NAMES, type ActName } from '../engine/api.ts';
import type { Chaos } from './chaos.ts';

const times = z.int().positive();
const milliseconds = z.int().nonnegative();

/** Every fault there is. Without `times` an `http` fault stays until it is cleared. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('http'),
    method: z.string().toUpperCase().optional(),
    pathPattern: z.string().optional(),
    status: z.int().min(400).max(599).optional(),
    errorCode: z.string().optional(),
    retryAfterSeconds: z.int().nonnegative().optional(),
    delayMs: milliseconds.optional(),
    hang: z.boolean().optional(),
    applyThenDrop: z.boolean().optional(),
    /** What people at the phones of the call in the path do in the very instant before. */
    meanwhile: z.enum(ACT_NAMES.filter((name) => name !== 'join')).optional(),
    times: times.optional(),
  }),
  z.strictObject({ kind: z.literal('ws-close'), code: z.int().min(1000).max(4999).optional() }),
  z.strictObject({ kind: z.literal('ws-freeze'), ms: milliseconds }),
  z.strictObject({ kind: z.literal('ws-refuse'), times: times.default(1) }),
  z.strictObject({ kind: z.literal('ws-silent'), times: times.default(1) }),
  z.strictObject({ kind: z.literal('ws-garbage'), times: times.default(1) }),
  z.strictObject({ kind: z.literal('ws-lose'), count: times.default(1) }),
  z.strictObject({ kind: z.literal('ws-duplicate'), times: times.default(1) }),
  z.strictObject({ kind: z.literal('ws-shuffle'), count: z.int().min(2).default(2) }),
  z.strictObject({ kind: z.literal('ws-recovery-fails'), times: times.default(1) }),
  z.strictObject({ kind: z.literal('expire-access-token') }),
  z.strictObject({ kind: z.literal('expire-refresh-token') }),
  z.strictObject({ kind: z.literal('revoke-session') }),
]);

export type Fault = z.infer<typeof faultSchema>;
export type HttpFault = Extract<Fault, { kind: 'http' }>;
/** Kinds that wait for something to happen to and are used up one by one. */
export type CountedKind =
  | 'ws-refuse'
  | 'ws-silent'
  | 'ws-garbage'
  | 'ws-lose'
  | 'ws-duplicate'
  | 'ws-shuffle'
  | 'ws-recovery-fails';

/** What faults do to one request, all matching ones taken together. */
export interface HttpEffect {
  delayMs: number;
  hang: boolean;
  applyThenDrop: boolean;
  meanwhile?: ActName;
  failure?: { status: number; errorCode?: string; retryAfterSeconds?: number };
}

interface Armed {
  readonly fault: Fault;
  readonly matches: (path: string) => boolean;
  left: number;
  readonly ended: (() => void) | undefined;
}

/** The faults that wait for their moment. Those that act at once (`ws-close`, tokens) never come here. */
export class Faults {
  readonly #usualChaos: Chaos | undefined;
  #chaos: Chaos | undefined;
  #armed: Armed[] = [];

  constructor(chaos?: Chaos) {
    this.#usualChaos = chaos;
    this.#chaos = chaos;
  }

  /** `ended` is called when the fault is used up or cleared. */
  arm(fault: Fault, ended?: () => void): void {
    const pattern = fault.kind === 'http' ? fault.pathPattern : undefined;
    this.#armed.push({ fault, matches: pathMatcher(pattern), left: usesOf(fault), ended });
  }

  disarm(fault: Fault): void {
    const armed = this.#armed.find((candidate) => candidate.fault === fault);
    this.#armed = this.#armed.filter((candidate) => candidate !== armed);
    armed?.ended?.();
  }

  /** All of them end, those by chance too. */
  clear(): void {
    for (const { fault } of this.#armed) this.disarm(fault);
    this.#chaos = undefined;
  }

  /** As at the beginning. */
  reset(): void {
    this.clear();
    this.#chaos = this.#usualChaos;
  }

  /** As they were posted, with what is left of `times` or `count`. */
  active(): unknown[] {
    return this.#armed.map(({ fault, left }) => {
      if (left === Number.POSITIVE_INFINITY) return fault;
      return 'count' in fault ? { ...fault, count: left } : { ...fault, times: left };
    });
  }

  /** Uses up one of every `http` fault that fits the request; undefined when nothing happens to it. */
  takeHttp(method: string, path: string): HttpEffect | undefined {
    const hit = this.#armed.filter(
      ({ fault, matches }) =>
        fault.kind === 'http' && (fault.method === undefined || fault.method === method) && matches(path),
    );
    for (const armed of hit) this.#use(armed);
    const faults = hit.map(({ fault }) => fault as HttpFault);
    if (faults.length === 0) return this.#chaos?.httpEffect();
    return {
      delayMs: faults.reduce((sum, fault) => sum + (fault.delayMs ?? 0), 0),
      hang: faults.some((fault) => fault.hang),
      applyThenDrop: faults.some((fault) => fault.applyThenDrop),
      meanwhile: faults.find(({ meanwhile }) => meanwhile !== undefined)?.meanwhile,
      failure: faults.map(failureOf).find((failure) => failure !== undefined),
    };
  }

  /** Uses up one of the first armed fault of this kind; false when there is none. */
  take(kind: CountedKind): boolean {
    const armed = this.#armed.find(({ fault }) => fault.kind === kind);
    if (!armed) return this.#chaos?.strikes(kind) ?? false;
    this.#use(armed);
    return true;
  }

  /** Chaos only: whether the socket breaks under the next notification. */
  breaksConnection(): boolean {
    return this.#chaos?.strikes('ws-close') ?? false;
  }

  /** How many of this kind are left over all armed faults. */
  left(kind: CountedKind): number {
    return this.#armed.reduce((sum, { fault, left }) => sum + (fault.kind === kind ? left : 0), 0);
  }

  #use(armed: Armed): void {
    armed.left--;
    if (armed.left <= 0) this.disarm(armed.fault);
  }
}

function usesOf(fault: Fault): number {
  if ('count' in fault) return fault.count;
  return 'times' in fault && fault.times !== undefined ? fault.times : Number.POSITIVE_INFINITY;
}

/** A fault that only delays, hangs or drops does not fail the request. */
function failureOf(fault: HttpFault): HttpEffect['failure'] {
  const { status, errorCode, retryAfterSeconds, delayMs, hang, applyThenDrop, meanwhile } = fault;
  const harmless = delayMs !== undefined || hang || applyThenDrop || meanwhile !== undefined;
  if (status === undefined && errorCode === undefined && retryAfterSeconds === undefined && harmless) return;
  return {
    status: status ?? 503,
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

/**
 * A path matches if it contains the pattern, where `*` stands for anything and `{name}` for one segment; or if
 * the pattern matches it as a regular expression.
 */
function pathMatcher(pattern: string | undefined): (path: string) => boolean {
  if (pattern === undefined) return () => true;
  const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const wild = pattern
    .split(/(\*+|\{\w+\})/)
    .map((part) => (part.startsWith('*') ? '.*' : /^\{\w+\}$/.test(part) ? '[^/]+' : literal(part)))
    .join('');
  const expressions = [new RegExp(wild)];
  try {
    expressions.push(new RegExp(pattern));
  } catch {
    // "*/hold" is no regular expression; as a wildcard it is fine.
  }
  return (path) => expressions.some((expression) => expression.test(path));
}

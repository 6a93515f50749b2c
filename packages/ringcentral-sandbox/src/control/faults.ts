import type { Chaos } from './chaos.ts';
import type { CountedKind, Fault, HttpEffect, HttpFault } from './fault-kinds.ts';

/** A fault that waits for what it happens to. */
interface Armed {
  readonly fault: Fault;
  readonly matches: (path: string) => boolean;
  /** How often it still happens. */
  left: number;
  readonly ended: (() => void) | undefined;
}

/** The faults that wait for what they happen to. Those that act at once (`ws-close`, tokens) do not come here. */
export class Faults {
  readonly #usualChaos: Chaos | undefined;
  #chaos: Chaos | undefined;
  #armed: Armed[] = [];

  /** @param chaos faults by chance, beside those that are armed */
  constructor(chaos?: Chaos) {
    this.#usualChaos = chaos;
    this.#chaos = chaos;
  }

  /** Lets a fault wait. `ended` is called when it is used up or cleared. */
  arm(fault: Fault, ended?: () => void): void {
    const pattern = fault.kind === 'http' ? fault.pathPattern : undefined;
    this.#armed.push({ fault, matches: pathMatcher(pattern), left: usesOf(fault), ended });
  }

  /** Ends a fault. */
  disarm(fault: Fault): void {
    const armed = this.#armed.find((candidate) => candidate.fault === fault);
    this.#armed = this.#armed.filter((candidate) => candidate !== armed);
    armed?.ended?.();
  }

  /** Ends all faults, those by chance too. */
  clear(): void {
    for (const { fault } of this.#armed) this.disarm(fault);
    this.#chaos = undefined;
  }

  /** Ends all faults and lets those by chance happen again. */
  reset(): void {
    this.clear();
    this.#chaos = this.#usualChaos;
  }

  /** The faults as they were posted, with what is left of `times` or `count`. */
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
      answers: faults.find(({ answers }) => answers !== undefined)?.answers,
      meanwhile: faults.find(({ meanwhile }) => meanwhile !== undefined)?.meanwhile,
      failure: faults.map(failureOf).find((failure) => failure !== undefined),
    };
  }

  /** Uses up one of the first armed fault of this kind; false when there is none. */
  take(kind: CountedKind): boolean {
    const armed = this.#armed.find(({ fault }) => fault.kind === kind);
    if (!armed) return this.#chaos?.happens(kind) ?? false;
    this.#use(armed);
    return true;
  }

  /** Whether by chance the connection breaks before the next notification. */
  breaksConnection(): boolean {
    return this.#chaos?.happens('ws-close') ?? false;
  }

  /** How often armed faults of this kind still happen, all together. */
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

/** The failure that a fault answers with; none where it only delays, hangs, cuts off or lets people act. */
function failureOf(fault: HttpFault): HttpEffect['failure'] {
  const { status, errorCode, retryAfterSeconds, delayMs, hang, applyThenDrop, answers, meanwhile } = fault;
  const harmless = [delayMs, hang, applyThenDrop, answers, meanwhile].some((one) => one !== undefined);
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

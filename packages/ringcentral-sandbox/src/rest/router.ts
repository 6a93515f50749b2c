import type { Route } from './route.ts';

/** The route of a request. */
export interface Match<R> {
  readonly route: R;
  /** Decoded values of the `{name}` segments. */
  readonly path: Record<string, string>;
}

/** Finds the route of a method and path, with or without a slash at the end (platform.md 5.4). */
export class Router<R extends Pick<Route, 'method' | 'path'>> {
  readonly #routes = new Map<string, { route: R; segments: string[] }[]>();

  constructor(routes: readonly R[]) {
    for (const route of routes) {
      const segments = split(route.path);
      const key = `${route.method} ${segments.length}`;
      this.#routes.set(key, [...(this.#routes.get(key) ?? []), { route, segments }]);
    }
  }

  find(method: string, path: string): Match<R> | undefined {
    const actual = split(path);
    for (const { route, segments } of this.#routes.get(`${method} ${actual.length}`) ?? []) {
      const parameters = matchSegments(segments, actual);
      if (parameters) return { route, path: parameters };
    }
    return undefined;
  }
}

function split(path: string): string[] {
  return path.replace(/\/$/, '').split('/');
}

function matchSegments(pattern: string[], actual: string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = actual[index] ?? '';
    if (!expected.startsWith('{')) {
      if (expected !== segment) return undefined;
      continue;
    }
    try {
      parameters[expected.slice(1, -1)] = decodeURIComponent(segment);
    } catch {
      return undefined;
    }
  }
  return parameters;
}

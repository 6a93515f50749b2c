import type { Line } from '../../../src/app/line.ts';
import { uris } from '../../../src/resources/uris.ts';

/** Counts what has changed on lines, by the URI that a client may be told, and `list`. */
export class LineChanges {
  readonly #counts = new Map<Line, Map<string, number>>();

  /** What has changed on this line since it was looked at first. */
  of(line: Line): ReadonlyMap<string, number> {
    const known = this.#counts.get(line);
    if (known) return known;
    const counts = new Map<string, number>();
    this.#counts.set(line, counts);
    const add = (uri: string) => counts.set(uri, (counts.get(uri) ?? 0) + 1);
    line.calls.onChange(({ telephonySessionId, partyIds, listed }) => {
      for (const partyId of partyIds) add(uris.party(telephonySessionId, partyId));
      add(uris.session(telephonySessionId));
      add(uris.sessions);
      if (listed) add('list');
    });
    line.sync.onStatus(() => add(uris.feed));
    line.guard.onChange(() => add(uris.guard));
    line.plans.onChange(() => add(uris.plans));
    return counts;
  }
}

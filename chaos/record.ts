/** What a campaign did, how often, and what was found wrong. */
export class CampaignRecord {
  /** By kind of thing, then by name. */
  readonly tried = new Map<string, Map<string, number>>();
  /** By judge. A judge that found nothing is there, too. */
  readonly lost = new Map<string, string[]>();
  /** What was looked at, by judge. */
  readonly judged = new Map<string, string>();
  readonly #begun = Date.now();

  tries(kind: string, name: string, times = 1): void {
    const names = this.tried.get(kind) ?? new Map<string, number>();
    names.set(name, (names.get(name) ?? 0) + times);
    this.tried.set(kind, names);
  }

  /** How often things of this kind were tried, all together. */
  timesTried(kind: string): number {
    return [...(this.tried.get(kind)?.values() ?? [])].reduce((sum, times) => sum + times, 0);
  }

  /** @param judged what was looked at, in words; `lost`: what was wrong with it */
  judges(judge: string, judged: string, lost: readonly string[]): void {
    this.judged.set(judge, judged);
    this.lost.set(judge, [...(this.lost.get(judge) ?? []), ...lost]);
  }

  /** Prints a line with the time, and the seconds since the start, before it. */
  say(text: string): void {
    console.error(
      `${new Date().toISOString()} ${((Date.now() - this.#begun) / 1_000).toFixed(1).padStart(6)} s  ${text}`,
    );
  }

  get isClean(): boolean {
    return [...this.lost.values()].every((lost) => lost.length === 0);
  }

  /** Two Markdown tables: what was tried, and what was lost. */
  markdown(): string {
    const tried = [...this.tried].flatMap(([kind, names]) =>
      [...names]
        .toSorted(([one], [other]) => one.localeCompare(other))
        .map(([name, times]) => [kind, name, times]),
    );
    const lost = [...this.judged].map(([judge, judged]) => {
      const found = this.lost.get(judge) ?? [];
      return [judge, judged, found.length === 0 ? 'nothing' : found.length];
    });
    return [
      tableOf(['', 'tried', 'times'], tried),
      tableOf(['must hold', 'looked at', 'lost'], lost),
      ...[...this.lost].flatMap(([judge, found]) => found.slice(0, 20).map((one) => `- ${judge}: ${one}`)),
    ].join('\n\n');
  }
}

const tableOf = (head: readonly string[], rows: readonly (readonly unknown[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

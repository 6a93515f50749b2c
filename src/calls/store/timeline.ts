import { count, emptyTally, metricsOf, type Phase, type Tally } from './party-metrics.ts';
import type { PartyMetrics } from './views.ts';

/** Changes of a party kept one by one; of one that changes more often the oldest are summed up. */
const maxChanges = 32;

/** Up to this many changes memory is taken for each singly: few parties change more often. */
const roomy = 6;

/** A timeline as JSON. */
export interface TimelineDump {
  changes: number[];
  summed?: Tally;
  summedTo: number;
}

/** Numbers stored for one change: its sequence and phase as one, and its time. */
const width = 2;
const phaseBits = 8;

/** `again`: the newest change once more. `known`: an older one once more. */
export type Place = 'newest' | 'late' | 'again' | 'known';

/**
 * What happened to one party, in the order of `sequence`, however it was delivered (platform.md 4.4).
 * Flat numbers, because a call centre has tens of thousands of these.
 */
export class Timeline {
  #changes: number[] = [];
  #summed: Tally | undefined;
  /** Changes up to this key are summed up; one that comes later than that is no longer counted. */
  #summedTo = -1;

  static of({ changes, summed, summedTo }: TimelineDump): Timeline {
    const timeline = new Timeline();
    timeline.#changes = changes;
    timeline.#summed = summed;
    timeline.#summedTo = summedTo;
    return timeline;
  }

  dump(): TimelineDump {
    const summed = this.#summed;
    return { changes: this.#changes, summedTo: this.#summedTo, ...(summed && { summed }) };
  }

  /** `time` in epoch ms. */
  add(sequence: number, phase: Phase, time: number): Place {
    const key = sequence * phaseBits + phase;
    const changes = this.#changes;
    if (key <= this.#summedTo) return 'known';
    let index = changes.length;
    while (index > 0 && isAfter(changes, index - width, key, time)) index -= width;
    const isNewest = index === changes.length;
    if (changes[index - width] === key && changes[index - width + 1] === time)
      return isNewest ? 'again' : 'known';
    const place = isNewest ? 'newest' : 'late';
    if (place === 'late') this.#changes = changes.toSpliced(index, 0, key, time);
    // The first push reserves room for sixteen numbers more, in each of tens of thousands of parties.
    else if (changes.length < roomy * width) this.#changes = changes.concat(key, time);
    else changes.push(key, time);
    if (this.#changes.length > maxChanges * width) this.#sumUp();
    return place;
  }

  /** Ring, talk and hold of platform.md 10.1; absent before the first event. */
  metrics(): PartyMetrics | undefined {
    if (this.#changes.length === 0) return undefined;
    const tally = this.#summed ? { ...this.#summed } : emptyTally();
    countAll(tally, this.#changes, 0, this.#changes.length);
    return metricsOf(tally);
  }

  /** Since when it is in this phase, epoch ms; undefined where the newest change shows another, or there is none. */
  inPhaseSince(phase: Phase): number | undefined {
    const changes = this.#changes;
    let since: number | undefined;
    for (let index = changes.length - width; index >= 0; index -= width) {
      if ((changes[index] ?? 0) % phaseBits !== phase) return since;
      since = changes[index + 1];
    }
    return since !== undefined && this.#summed?.phase === phase ? this.#summed.since : since;
  }

  #sumUp(): void {
    const half = (maxChanges / 2) * width;
    this.#summed ??= emptyTally();
    countAll(this.#summed, this.#changes, 0, half);
    this.#summedTo = this.#changes[half - width] ?? this.#summedTo;
    // Not slice: the room is there already, and a party that changed so often will need it.
    this.#changes.splice(0, half);
  }
}

/**
 * A total order: sequence, then time, then phase. Two changes may share a sequence, and the order of delivery
 * must not decide which of them is the last.
 */
function isAfter(changes: number[], index: number, key: number, time: number): boolean {
  const otherKey = changes[index] ?? 0;
  const otherTime = changes[index + 1] ?? 0;
  const bySequence = Math.floor(otherKey / phaseBits) - Math.floor(key / phaseBits);
  return bySequence > 0 || (bySequence === 0 && (otherTime > time || (otherTime === time && otherKey > key)));
}

function countAll(tally: Tally, changes: number[], from: number, to: number): void {
  for (let index = from; index < to; index += width) {
    const key = changes[index] ?? 0;
    count(tally, (key % phaseBits) as Phase, changes[index + 1] ?? 0);
  }
}

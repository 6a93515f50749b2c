import { InMemoryServerEventBus, type ServerEvent } from '@modelcontextprotocol/server';
import type { Line } from '../app/line.ts';
import { forwardChanges } from './changes.ts';

/**
 * Changes for all modern HTTP listeners of a line. Their servers live for one request and cannot listen themselves. The
 * first listener opens the feed.
 */
export class EventBus extends InMemoryServerEventBus {
  readonly #line: Line;
  #stop: (() => void) | undefined;

  constructor(line: Line) {
    super((error) => line.log.warn({ err: error }, 'a listener failed'));
    this.#line = line;
  }

  override subscribe(listener: (event: ServerEvent) => void): () => void {
    this.#line.sync.open();
    this.#stop ??= forwardChanges(this.#line, {
      wants: () => true,
      updated: (uri) => this.publish({ kind: 'resource_updated', uri }),
      listChanged: () => this.publish({ kind: 'resources_list_changed' }),
    });
    return super.subscribe(listener);
  }
}

/** @returns gives the bus of a line, the same as long as there is the line */
export function createEventBuses(): (line: Line) => EventBus {
  const buses = new WeakMap<Line, EventBus>();
  return (line) => {
    const bus = buses.get(line) ?? new EventBus(line);
    buses.set(line, bus);
    return bus;
  };
}

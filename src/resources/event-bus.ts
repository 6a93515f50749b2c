import { InMemoryServerEventBus, type ServerEvent } from '@modelcontextprotocol/server';
import type { App } from '../app/app-context.ts';
import { forwardChanges } from './changes.ts';

/**
 * Changes for all modern HTTP listeners of the process. Their servers live for one request and cannot listen
 * themselves. The first listener opens the feed.
 */
export class EventBus extends InMemoryServerEventBus {
  readonly #app: App;
  #stop: (() => void) | undefined;

  constructor(app: App) {
    super((error) => app.log.warn({ err: error }, 'a listener failed'));
    this.#app = app;
  }

  override subscribe(listener: (event: ServerEvent) => void): () => void {
    this.#app.sync.open();
    this.#stop ??= forwardChanges(this.#app, {
      wants: () => true,
      updated: (uri) => this.publish({ kind: 'resource_updated', uri }),
      listChanged: () => this.publish({ kind: 'resources_list_changed' }),
    });
    return super.subscribe(listener);
  }

  close(): void {
    this.#stop?.();
  }
}

import type { Notification } from './api.ts';
import { isRecord } from './injected.ts';
import type { Party } from './model.ts';
import type { Pbx } from './pbx.ts';
import type { Presence } from './presence.ts';
import { eventBody } from './wire.ts';

/** Tells the engine's subscribers what has changed (platform.md 4.3, 4.8). Builds no body while nobody listens. */
export class Notifier {
  readonly #pbx: Pbx;
  readonly #presence: Presence;
  readonly #listeners = new Set<(notification: Notification) => void>();

  constructor(pbx: Pbx, presence: Presence) {
    this.#pbx = pbx;
    this.#presence = presence;
  }

  /** Calls `listener` with every notification from now on; returns unsubscribe. */
  subscribe(listener: (notification: Notification) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Observer of every leg: its telephony event, then the presence event of its extension. */
  partyChanged(party: Party): void {
    const { extensionId } = party;
    const at = extensionId === undefined ? {} : { extensionId };
    if (this.#listeners.size > 0) {
      this.#notify({
        kind: 'telephony',
        accountId: this.#accountId,
        ...at,
        body: eventBody(this.#pbx, party),
      });
    }
    if (extensionId === undefined) return;
    this.presenceChanged(extensionId, this.#presence.endedNow(party) ? party : undefined);
  }

  /** @param ended a call of the extension that has just ended, which the event lists once more */
  presenceChanged(extensionId: string, ended?: Party): void {
    const extension = this.#pbx.world.extensions.get(extensionId);
    if (extension === undefined || this.#listeners.size === 0) return;
    const body = this.#presence.eventBody(extension, ended);
    this.#notify({ kind: 'presence', accountId: this.#accountId, extensionId, body });
  }

  /**
   * Tells every queue of an agent whether the agent takes queue calls (platform.md 4.1). That the body names only the
   * agent who changed is assumed.
   */
  queuePresenceChanged(extensionId: string): void {
    const acceptCurrentQueueCalls =
      this.#pbx.world.extensions.get(extensionId)?.acceptCallQueueCalls ?? false;
    const body = { records: [{ member: { id: extensionId }, acceptCurrentQueueCalls }] };
    for (const { extensionId: queueId, members } of this.#pbx.world.callQueues.values()) {
      if (!members.includes(extensionId)) continue;
      this.#notify({ kind: 'queue-presence', accountId: this.#accountId, extensionId, queueId, body });
    }
  }

  /** Passes an injected telephony body on as it is. */
  injected(body: unknown): void {
    this.#notify({
      kind: 'telephony',
      accountId: this.#accountId,
      ...extensionIn(body),
      body,
      injected: true,
    });
  }

  get #accountId(): string {
    return this.#pbx.world.account.id;
  }

  #notify(notification: Notification): void {
    for (const listener of this.#listeners) listener(notification);
  }
}

/** The extension of the party that an injected body is about: it decides the level of the event URI. */
function extensionIn(body: unknown): { extensionId?: string } {
  const parties = isRecord(body) && Array.isArray(body.parties) ? body.parties : [];
  const extensionId = parties.find(isRecord)?.extensionId;
  return extensionId === undefined ? {} : { extensionId: String(extensionId) };
}

import { Failure } from '../../../shared/failure.ts';
import { Refusal } from '../../refusal.ts';
import type { Claim, KeptFields, SessionRecord, SessionRegister } from './session-register.ts';
import { createSharedEvents, type SharedEvents } from './shared-events.ts';

export interface OwnedSessionOptions {
  register: SessionRegister;
  claim: Claim;
  record: SessionRecord;
  /** What was kept before this replica had the session, by field. */
  kept?: ReadonlyMap<string, string>;
  /** Rejects where it cannot be found out whether this replica has the session. */
  sure(): Promise<void>;
  /** Ends it at this replica. */
  close(): void;
}

const watchField = (uri: string) => `u:${uri}`;

/** A session that this replica has: what has to be kept of it for whoever takes it over. */
export class OwnedSession {
  readonly claim: Claim;
  readonly record: SessionRecord;
  readonly events: SharedEvents;
  readonly watched: Set<string>;
  /** This replica does not have it any more, and ends nothing for others. */
  isOver = false;
  readonly #options: OwnedSessionOptions;
  #queue: Promise<void> = Promise.resolve();
  /** Redis lacks something that was to be kept, or has something damaged. */
  #isBehind: boolean;

  constructor(options: OwnedSessionOptions) {
    const { claim, record, kept } = options;
    this.claim = claim;
    this.record = record;
    this.#options = options;
    this.watched = new Set([...(kept?.keys() ?? [])].flatMap((field) => /^u:(.*)$/s.exec(field)?.[1] ?? []));
    this.events = createSharedEvents({
      epoch: claim.epoch,
      ...(kept && { kept }),
      keep: (fields) => this.#keep(fields),
    });
    this.#isBehind = this.events.damaged.length > 0;
  }

  /** Ends it at this replica: another has it, or it has ended elsewhere. */
  close(): void {
    this.#options.close();
  }

  /** Resolves when it is kept what the client watches. */
  async watch(uri: string, isWatched: boolean): Promise<void> {
    if (isWatched) this.watched.add(uri);
    else this.watched.delete(uri);
    const field = watchField(uri);
    await this.#keep(isWatched ? { put: [[field, '']], drop: [] } : { put: [], drop: [field] });
  }

  /** Writes what Redis lacks, if anything. */
  catchUp(): void {
    if (this.#isBehind) void this.#keep({ put: [], drop: [] }).catch(() => {});
  }

  /** Enters what Redis has lost. */
  async enterAgain(): Promise<void> {
    const { register } = this.#options;
    await register.enter(this.claim, this.record);
    await register.keep(this.claim, this.#everything());
  }

  /** In order. Rejects where the session is not this replica's any more; where Redis is away, it is kept later. */
  #keep(fields: KeptFields): Promise<void> {
    const kept = this.#queue.then(() => this.#write(fields));
    this.#queue = kept.catch(() => {});
    return kept;
  }

  async #write(fields: KeptFields): Promise<void> {
    const { register, sure } = this.#options;
    await sure();
    if (this.isOver) throw notHere();
    if (register.isUp) await this.#writeTo(register, fields);
    else this.#isBehind = true;
    // It may have stood still since: then whoever has the session now tells what was kept.
    await sure();
    if (this.isOver) throw notHere();
  }

  async #writeTo(register: SessionRegister, fields: KeptFields): Promise<void> {
    try {
      const standing = await register.keep(this.claim, this.#isBehind ? this.#everything() : fields);
      if (standing === 'over') {
        this.isOver = true;
        this.close();
        return;
      }
      if (standing === 'missing') await this.enterAgain();
      this.#isBehind = false;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#isBehind = true;
    }
  }

  #everything(): KeptFields {
    const { put, drop } = this.events.fields();
    return {
      isWhole: true,
      put: [...put, ...[...this.watched].map((uri) => [watchField(uri), ''] as const)],
      drop,
    };
  }
}

/** To the client whose request was under way. */
const notHere = () =>
  new Refusal(
    503,
    'This replica of the server does not have the session any more. What it did of this request is not known: look at the ' +
      'calls before you ask again.',
  );

import type { HeldCall, LivePlan, PlanInterruption } from '../../app/plan.ts';
import {
  type Claim,
  mostEnded,
  mostRunning,
  type PlanBoard,
  type PlanStanding,
  type SharedHold,
  type SharedPlan,
} from '../../app/plan-board.ts';
import { Failure } from '../../shared/failure.ts';
import { Listeners } from '../../shared/listeners.ts';
import type { Logger } from '../../shared/log.ts';
import type { Sealer } from '../../team/seal.ts';
import { openJson, sealJson } from '../../team/sealed-json.ts';
import { pairsOf } from '../redis/pairs.ts';
import type { Redis, Script } from '../redis/redis.ts';
import {
  claimScript,
  endHoldScript,
  holdScript,
  interruptScript,
  leaveScript,
  lookScript,
  renewScript,
  showScript,
} from './plan-scripts.ts';

export interface RedisPlanBoardOptions {
  redis: Redis;
  /** Plans name people and numbers. */
  sealer: Pick<Sealer, 'seal' | 'open'>;
  log: Logger;
  /** Names the line among those of the server. */
  line: string;
  /** A replica that is not heard of for so long, in ms, has ended, and its plans with it. */
  leaseMs?: number;
  /** In ms: so often a replica renews its lease and looks which of its plans are to end. */
  renewMs?: number;
}

/** In ms, since the last change. */
const keptMs = 24 * 60 * 60_000;

type Shown = SharedPlan & { replica: string };
type Noted = HeldCall & { replica: string; isSure: boolean };

/** The plans of a line at all replicas, in Redis. */
export class RedisPlanBoard implements PlanBoard {
  readonly isShared = true;
  others: readonly SharedPlan[] = [];
  othersHeld: readonly SharedHold[] = [];
  readonly #options: RedisPlanBoardOptions;
  readonly #leaseMs: number;
  readonly #renewMs: number;
  readonly #keys: readonly string[];
  readonly #listeners: Listeners<[]>;
  /** Plans of this replica, by id; undefined until they have begun. */
  readonly #own = new Map<string, LivePlan | undefined>();
  /** Of these the others do not know yet how they stand. */
  readonly #unshown = new Map<string, LivePlan>();
  /** Calls on which somebody is on hold because of a plan of this replica. */
  readonly #holds = new Set<string>();
  /** Holds to note or to end, by call, that the others do not know of yet. */
  readonly #unnoted = new Map<string, Noted | undefined>();
  #claiming = 0;
  /** Redis may have claims of this replica that it does not know of. */
  #hasUnknown = false;
  /** Monotonic ms of the request with which the lease was last renewed. */
  #renewedAt = 0;
  #version = '';
  #sending: Promise<void> | undefined;
  #isRenewing = false;
  #isWatching = false;
  #isClosed = false;
  #closed: (() => void) | undefined;

  constructor(options: RedisPlanBoardOptions) {
    const { redis, line, log, leaseMs = 10_000, renewMs = 500 } = options;
    this.#options = options;
    this.#leaseMs = leaseMs;
    this.#renewMs = renewMs;
    const parts = ['running', 'calls', 'replicas', 'shown', 'ended', 'held', 'to-end', 'count', 'version'];
    this.#keys = [...parts.map((part) => redis.key('plans', line, part)), changesKey(redis)];
    this.#listeners = new Listeners((err) => log.error({ err }, 'a listener of plans failed'));
  }

  async claim(calls: readonly string[]): Promise<Claim> {
    this.#claiming += 1;
    const askedAt = performance.now();
    try {
      const [state, planId = ''] = (await this.#run(claimScript, mostRunning, ...calls)) as string[];
      if (state === 'full') return 'full';
      if (state === 'taken') return { takenBy: planId };
      this.#own.set(planId, undefined);
      this.#renewedAt = askedAt;
      return { planId };
    } catch (error) {
      this.#hasUnknown = true;
      throw error;
    } finally {
      this.#claiming -= 1;
      this.#keepRenewing();
    }
  }

  show(plan: LivePlan): void {
    if (!this.#own.has(plan.id)) return;
    this.#own.set(plan.id, plan);
    this.#unshown.set(plan.id, plan);
    void this.#send();
  }

  async standing(planId: string): Promise<PlanStanding> {
    try {
      await this.#renew();
    } catch (error) {
      this.#tell(error);
      return 'unknown';
    }
    return this.#own.has(planId) ? 'goes on' : 'over';
  }

  async noteHold(held: HeldCall): Promise<void> {
    const { telephonySessionId } = held;
    this.#unnoted.delete(telephonySessionId);
    await this.#note({ ...held, replica: this.#options.redis.replica, isSure: false });
    this.#holds.add(telephonySessionId);
    this.#keepRenewing();
  }

  confirmHold(held: HeldCall): void {
    this.#unnoted.set(held.telephonySessionId, {
      ...held,
      replica: this.#options.redis.replica,
      isSure: true,
    });
    void this.#send();
  }

  endHold(telephonySessionId: string): void {
    const isLeft = this.othersHeld.some(
      (held) => held.isLeft && held.telephonySessionId === telephonySessionId,
    );
    if (!this.#holds.delete(telephonySessionId) && !isLeft) return;
    this.#unnoted.set(telephonySessionId, undefined);
    void this.#send();
    this.#keepRenewing();
  }

  async look(): Promise<void> {
    const answer = (await this.#run(lookScript, this.#version)) as
      | [string]
      | [string, string[], string[], string[], string[]];
    const [version, shown = [], running = [], held = [], living = []] = answer;
    if (answer.length === 1) return;
    this.#version = version;
    const { replica } = this.#options.redis;
    this.others = pairsOf(shown).flatMap(([planId, sealed]) => {
      const plan = this.#open<Shown>(`plan ${planId}`, sealed);
      if (!plan || plan.replica === replica) return [];
      const { replica: _, ...shared } = plan;
      return running.includes(planId) ? shared : asOver(shared);
    });
    this.othersHeld = pairsOf(held).flatMap(([call, sealed]) => {
      const noted = this.#open<Noted>(`hold ${call}`, sealed);
      if (!noted || noted.replica === replica) return [];
      const { replica: by, isSure, ...hold } = noted;
      const isLeft = !living.includes(by);
      return isSure || isLeft ? { ...hold, isLeft } : [];
    });
    this.#listeners.emit();
    this.#watch();
  }

  async interrupt(planId: string, why: PlanInterruption): Promise<void> {
    await this.#run(interruptScript, planId, why);
  }

  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Calls `closed` when it is closed. */
  onClose(closed: () => void): void {
    this.#closed = closed;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closed?.();
    await this.#send();
    // Otherwise nobody counts on this replica, or on one that has the line open again.
    if (this.#own.size + this.#holds.size > 0) await this.#run(leaveScript).catch(() => {});
  }

  #run(script: Script, ...args: (string | number)[]): Promise<unknown> {
    const { redis, line } = this.#options;
    return redis.run(script, this.#keys, [redis.replica, this.#leaseMs, keptMs, line, mostEnded, ...args]);
  }

  /** Tells the others what they do not know yet; what cannot be told now is told later. */
  #send(): Promise<void> {
    this.#sending ??= this.#sendAll()
      .catch((error) => this.#tell(error))
      .finally(() => {
        this.#sending = undefined;
        this.#keepRenewing();
      });
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      const [next] = this.#unshown;
      const [hold] = this.#unnoted;
      if (hold) await this.#sendHold(...hold);
      else if (next) await this.#sendPlan(next[1]);
      else return;
    }
  }

  async #sendPlan(plan: LivePlan): Promise<void> {
    const view = plan.view();
    const { id, principal, grant } = plan;
    this.#unshown.delete(id);
    const shown: Shown = {
      ...{ principal, view, replica: this.#options.redis.replica },
      ...(grant !== undefined && { grant }),
    };
    const isOver = view.state === 'ended';
    try {
      const args = [id, this.#seal(`plan ${id}`, shown), isOver ? 1 : 0];
      await this.#run(showScript, ...args, ...Object.values(view.calls));
    } catch (error) {
      this.#unshown.set(id, plan);
      throw error;
    }
    if (isOver) this.#own.delete(id);
  }

  async #sendHold(call: string, noted: Noted | undefined): Promise<void> {
    if (noted) await this.#note(noted);
    else await this.#run(endHoldScript, call);
    if (this.#unnoted.get(call) === noted) this.#unnoted.delete(call);
  }

  async #note(noted: Noted): Promise<void> {
    const call = noted.telephonySessionId;
    await this.#run(holdScript, call, this.#seal(`hold ${call}`, noted));
  }

  /** Renews the lease from time to time, as long as this replica has something that others count on. */
  #keepRenewing(): void {
    const isNeeded =
      this.#own.size + this.#unshown.size + this.#holds.size + this.#unnoted.size > 0 || this.#hasUnknown;
    if (this.#isRenewing || this.#isClosed || !isNeeded) return;
    this.#isRenewing = true;
    this.#options.redis.clock.after(this.#renewMs, () => {
      if (this.#isClosed) return;
      this.#renew()
        .then(() => this.#send())
        .catch((error) => {
          this.#tell(error);
          this.#mayBeOver();
        })
        .finally(() => {
          this.#isRenewing = false;
          this.#keepRenewing();
        });
    });
  }

  async #renew(): Promise<void> {
    const askedAt = performance.now();
    const ids = [...this.#own.keys()];
    // One that is claimed meanwhile is not known here yet.
    const isKnown = this.#hasUnknown && this.#claiming === 0;
    const states = (await this.#run(renewScript, isKnown ? 1 : 0, ...ids)) as string[];
    this.#renewedAt = askedAt;
    if (isKnown) this.#hasUnknown = false;
    for (const [index, id] of ids.entries()) {
      const state = states[index];
      const plan = this.#own.get(id);
      if (state === 'runs' || plan?.view().state === 'ended') continue;
      if (state === 'lost') this.#own.delete(id);
      plan?.interrupt(state === 'lost' ? 'cut off' : (state as PlanInterruption));
    }
  }

  /** The lease was not renewed: before the others take its plans for ended, they turn back. */
  #mayBeOver(): void {
    if (performance.now() - this.#renewedAt < this.#leaseMs / 2) return;
    for (const plan of this.#own.values()) plan?.interrupt('cut off');
  }

  /** Looks from time to time whether replicas have ended, as long as the others have something that counts on that. */
  #watch(): void {
    const isNeeded = () =>
      this.others.some(({ view }) => view.state === 'running') ||
      this.othersHeld.some(({ isLeft }) => !isLeft);
    if (this.#isWatching || this.#isClosed || !isNeeded()) return;
    this.#isWatching = true;
    this.#options.redis.clock.after(2 * this.#renewMs, () => {
      this.#isWatching = false;
      if (!this.#isClosed)
        void this.look()
          .catch((error) => this.#tell(error))
          .then(() => this.#watch());
    });
  }

  /** That Redis does not answer is told by its connection. */
  #tell(error: unknown): void {
    if (error instanceof Failure && error.kind === 'unavailable') return;
    this.#options.log.error({ err: error }, 'the plans of the replicas are not kept up to date');
  }

  #seal(purpose: string, value: object): string {
    return sealJson(this.#options.sealer, value, this.#contextOf(purpose));
  }

  /** Undefined for what was sealed with a key that this replica does not have. */
  #open<T>(purpose: string, sealed: string): T | undefined {
    const { sealer, log } = this.#options;
    return openJson<T>(sealer, sealed, this.#contextOf(purpose), ({ message }) =>
      log.warn({ reason: message }, 'a plan of another replica cannot be read'),
    );
  }

  #contextOf(purpose: string) {
    return { owner: this.#options.line, purpose, generation: 0 };
  }
}

/** The stream of the lines where plans have changed. */
export const changesKey = (redis: Redis): string => redis.key('plans-changed');

/** A plan whose replica has ended in the middle of it. */
const asOver = (plan: SharedPlan): SharedPlan =>
  plan.view.state === 'ended'
    ? plan
    : {
        ...plan,
        view: {
          ...plan.view,
          state: 'ended',
          ending: 'stopped',
          says:
            'It was interrupted: the replica of this server that carried it out has ended, and nothing more is done. ' +
            `Look at the calls. When it was last heard of: ${plan.view.says}`,
        },
      };

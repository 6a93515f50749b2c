import { randomBytes } from 'node:crypto';
import {
  mostQuestions,
  type OperatorAnswer,
  type PendingApproval,
  type PendingApprovals,
  tooManyQuestions,
  toPendingApproval,
} from '../../guard/approvals/pending-approvals.ts';
import type { Answer } from '../../guard/confirmation/answer.ts';
import type { OperatorQuestion } from '../../guard/ports.ts';
import { Listeners } from '../../shared/listeners.ts';
import type { Logger } from '../../shared/log.ts';
import type { Sealer } from '../../team/seal.ts';
import { openJson, sealJson } from '../../team/sealed-json.ts';
import { pairsOf } from '../redis/pairs.ts';
import type { Redis } from '../redis/redis.ts';
import { answerScript, listScript, postScript, tendScript, withdrawScript } from './approval-scripts.ts';

export interface RedisPendingApprovalsOptions {
  redis: Redis;
  /** Questions name people and numbers. */
  sealer: Pick<Sealer, 'seal' | 'open'>;
  log: Logger;
  /** A question disappears so long, in ms, after the replica that asked was last alive. */
  leaseMs?: number;
  /** In ms: so often it is looked for answers and questions, while somebody waits for them. */
  pollMs?: number;
}

/** How long, in ms, an answer is kept for the replica that asked; a question waits for 45 seconds at most. */
const answerKeptMs = 60_000;

interface Waiting {
  sealed: string;
  settle(answer: Answer): void;
}

/**
 * The questions of all replicas, in Redis. A question lives as long as the replica that waits for its answer: that one
 * renews its lease. The answer that takes the question away is the only one.
 */
export class RedisPendingApprovals implements PendingApprovals {
  readonly #options: RedisPendingApprovalsOptions;
  readonly #leaseMs: number;
  readonly #pollMs: number;
  readonly #keys: readonly [questions: string, leases: string, version: string];
  /** Those of this replica, by id. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #listeners: Listeners<[]>;
  /** One of each listener. */
  readonly #listening = new Set<symbol>();
  /** Of the list that the listeners know. */
  #version = '';
  #isPolling = false;

  constructor(options: RedisPendingApprovalsOptions) {
    const { redis, log, leaseMs = 3_000, pollMs = 300 } = options;
    this.#options = options;
    this.#leaseMs = leaseMs;
    this.#pollMs = pollMs;
    this.#keys = [redis.key('op', 'questions'), redis.key('op', 'leases'), redis.key('op', 'version')];
    this.#listeners = new Listeners((err) => log.error({ err }, 'a listener of the approvals page failed'));
  }

  async ask(question: OperatorQuestion, signal: AbortSignal): Promise<Answer> {
    const id = randomBytes(16).toString('base64url');
    const sealed = sealJson(this.#options.sealer, toPendingApproval(id, question), contextOf(id));
    await this.#post(id, sealed);
    return new Promise((resolve) => {
      const abort = () => {
        // What is not taken away now ends with its lease.
        this.#withdraw(id).catch(() => {});
        settle(signal.reason);
      };
      const settle = (answer: Answer) => {
        signal.removeEventListener('abort', abort);
        this.#waiting.delete(id);
        resolve(answer);
      };
      this.#waiting.set(id, { sealed, settle });
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort);
      this.#poll();
    });
  }

  async questions(): Promise<PendingApproval[]> {
    const [, ...fields] = await this.#list('');
    const list = pairsOf(fields).flatMap(([id, sealed]) => this.#open(id, sealed) ?? []);
    return list.sort((one, other) => one.askedAt - other.askedAt);
  }

  async answer(id: string, answer: OperatorAnswer): Promise<boolean> {
    const question = (await this.questions()).find((one) => one.id === id);
    if (!question || (answer === 'grant' && !question.offersGrant)) return false;
    const { redis } = this.#options;
    return (
      (await redis.run(answerScript, [...this.#keys, this.#answerKey(id)], [id, answer, answerKeptMs])) === 1
    );
  }

  onChange(listener: () => void): () => void {
    const stop = this.#listeners.add(listener);
    const one = Symbol('listener');
    this.#listening.add(one);
    this.#poll();
    return () => {
      this.#listening.delete(one);
      stop();
    };
  }

  #answerKey(id: string): string {
    return this.#options.redis.key('op', 'answer', id);
  }

  async #post(id: string, sealed: string): Promise<void> {
    const keys = [...this.#keys, this.#answerKey(id)];
    const posted = await this.#options.redis.run(postScript, keys, [
      id,
      sealed,
      this.#leaseMs,
      mostQuestions,
    ]);
    if (posted === 'full') throw tooManyQuestions();
  }

  async #withdraw(id: string): Promise<void> {
    await this.#options.redis.run(withdrawScript, this.#keys, [id]);
  }

  /** The version of the list; where it is not this one, ids and sealed texts in turn, too. */
  async #list(version: string): Promise<string[]> {
    return (await this.#options.redis.run(listScript, this.#keys, [version])) as string[];
  }

  /** Undefined for what was sealed with a key that this replica does not have. */
  #open(id: string, sealed: string): PendingApproval | undefined {
    const { sealer, log } = this.#options;
    return openJson(sealer, sealed, contextOf(id), ({ message }) =>
      log.warn({ reason: message }, 'a question of another replica cannot be read'),
    );
  }

  /** Looks for answers and questions from time to time, as long as somebody waits for them. */
  #poll(): void {
    if (this.#isPolling) return;
    this.#isPolling = true;
    this.#look()
      // Where Redis does not answer, nobody has answered.
      .catch(() => {})
      .finally(() => {
        this.#options.redis.clock.after(this.#pollMs, () => {
          this.#isPolling = false;
          if (this.#waiting.size > 0 || this.#listening.size > 0) this.#poll();
        });
      });
  }

  async #look(): Promise<void> {
    if (this.#waiting.size > 0) await this.#tend();
    if (this.#listening.size === 0) return;
    const [version = ''] = await this.#list(this.#version);
    if (version === this.#version) return;
    this.#version = version;
    this.#listeners.emit();
  }

  /** Keeps this replica's questions alive, and gets their answers. */
  async #tend(): Promise<void> {
    const { redis } = this.#options;
    const ids = [...this.#waiting.keys()];
    const [, leases] = this.#keys;
    const keys = [leases, ...ids.map((id) => this.#answerKey(id))];
    const states = (await redis.run(tendScript, keys, [this.#leaseMs, ...ids])) as string[];
    for (const [index, id] of ids.entries()) {
      const waiting = this.#waiting.get(id);
      if (!waiting) continue;
      const state = states[index] ?? 'lost';
      if (state === 'lost') await this.#post(id, waiting.sealed);
      else if (state !== 'waits') {
        redis.send('DEL', this.#answerKey(id)).catch(() => {});
        waiting.settle(state as Answer);
      }
    }
  }
}

const contextOf = (id: string) => ({ owner: id, purpose: 'operator question', generation: 0 });

import { randomUUID } from 'node:crypto';
import { QUESTION_MS } from '../../guard/confirmation/answer.ts';
import {
  LIMIT,
  newNonce,
  type PendingQuestion,
  type PendingQuestions,
  REMEMBER_MS,
} from '../../guard/confirmation/pending-questions.ts';
import { type AskedEnough, questionLimit } from '../../guard/limits/question-limit.ts';
import { defineScript } from '../redis/redis.ts';
import { idOf, type LineStore } from './line-store.ts';

/**
 * KEYS: times at which the act was declined, the principal's questions that wait, their questions of late, all questions
 * of the line, this question. ARGV: its id, its text. Gives why it is not put, and for how many ms at most.
 */
const open = defineScript(`
local kept = {${questionLimit.declinedMs}, ${QUESTION_MS}, ${questionLimit.askedMs}, ${REMEMBER_MS}}
local names = {'declined', 'open', 'asked', 'kept'}
local most = {${questionLimit.declined}, ${questionLimit.open}, ${questionLimit.asked}, ${LIMIT}}
for i, name in ipairs(names) do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - kept[i])
  local frees = redis.call('ZREVRANGE', KEYS[i], most[i] - 1, most[i] - 1, 'WITHSCORES')[2]
  if frees then return {name, tonumber(frees) + kept[i] - now} end
end
for i = 2, 4 do
  redis.call('ZADD', KEYS[i], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[i], kept[i])
end
redis.call('SET', KEYS[5], ARGV[2], 'PX', ${REMEMBER_MS})
return nil`);
/** KEYS: the principal's questions that wait, all questions of the line, this question. ARGV: its id. */
const take = defineScript(`
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('GETDEL', KEYS[3])`);
const decline = defineScript(`
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ${questionLimit.declinedMs})
return nil`);

export interface RedisQuestionsOptions {
  policyHash: string;
  /** Called when the time of a question that was put here has passed without an answer. */
  ended: () => void;
}

/**
 * A question is answered once, at any replica that has the same policy in force. That nobody answered is noted by the
 * replica that put it.
 */
export function createRedisPendingQuestions(
  { redis, key, seal, open: openText }: LineStore,
  { policyHash, ended }: RedisQuestionsOptions,
): PendingQuestions & { close(): void } {
  const all = key('questions');
  const timers = new Set<() => void>();
  const placeOf = (id: string) => `question ${policyHash} ${id}`;
  const keyOf = (id: string) => key('question', policyHash, id);
  const waitingOf = (owner: string) => key('waiting', owner);
  /** Says whose question it is, so that it is found among theirs. */
  const ownerIn = (nonce: string) => nonce.split('.')[1] ?? '';

  function whenUnanswered(id: string, run: () => void): void {
    const stop = redis.clock.after(QUESTION_MS, async () => {
      timers.delete(stop);
      // Where Redis cannot tell whether it was answered elsewhere, it is not said that nobody did.
      const isThere = await redis.send('EXISTS', keyOf(id)).catch(() => 0);
      if (isThere !== 1) return;
      ended();
      run();
    });
    timers.add(stop);
  }

  return {
    async open(about, act, unanswered) {
      const owner = idOf(about.principal);
      const nonce = `${newNonce()}.${owner}`;
      const id = idOf(nonce);
      const question: PendingQuestion = { ...about, nonce, askedAt: redis.clock.now() };
      const limit = await redis.run(
        open,
        [key('declined', idOf(act)), waitingOf(owner), key('asked', owner), all, keyOf(id)],
        [id, seal(placeOf(id), question)],
      );
      if (limit !== undefined) {
        const [why, waitMs] = limit as [AskedEnough['why'], number];
        return { why, waitMs };
      }
      whenUnanswered(id, () => unanswered(question));
      return question;
    },
    async take(nonce) {
      if (typeof nonce !== 'string') return undefined;
      const id = idOf(nonce);
      const text = await redis.run(take, [waitingOf(ownerIn(nonce)), all, keyOf(id)], [id]);
      const question = openText<PendingQuestion>(placeOf(id), text);
      return question && { question, ageMs: Math.max(0, redis.clock.now() - question.askedAt) };
    },
    async declined(act) {
      await redis.run(decline, [key('declined', idOf(act))], [randomUUID()]);
    },
    async waiting(principal) {
      const oldest = redis.clock.now() - QUESTION_MS;
      const waiting = waitingOf(idOf(principal));
      const ids = (await redis.send('ZRANGEBYSCORE', waiting, `(${oldest}`, '+inf')) as string[];
      if (ids.length === 0) return [];
      const texts = (await redis.send('MGET', ...ids.map(keyOf))) as unknown[];
      return ids.flatMap((id, index) => openText<PendingQuestion>(placeOf(id), texts[index]) ?? []);
    },
    close() {
      for (const stop of timers) stop();
      timers.clear();
    },
  };
}

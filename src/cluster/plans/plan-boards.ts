import type { Redis } from '../redis/redis.ts';
import { changesKey, RedisPlanBoard, type RedisPlanBoardOptions } from './redis-plan-board.ts';

export interface PlanBoards {
  /** The board of a line: the same as long as it is open. */
  of(line: string): RedisPlanBoard;
  close(): void;
}

/** So often, in ms, it is looked where plans have changed. */
const pollMs = 500;
const most = 200;

type Entries = [stream: string, entries: [id: string, fields: string[]][]][] | null;

/** The boards of the lines that are open at this replica; each is told when another replica has changed something. */
export function createPlanBoards(options: Omit<RedisPlanBoardOptions, 'line'>): PlanBoards {
  const { redis } = options;
  const boards = new Map<string, RedisPlanBoard>();
  let after = `${redis.clock.now()}-0`;
  let mayHaveMissed = false;
  let isClosed = false;

  const look = (lines: Iterable<string>) =>
    Promise.all([...lines].map((line) => boards.get(line)?.look().catch(missed)));
  const missed = () => {
    mayHaveMissed = true;
  };

  async function poll(): Promise<void> {
    const changes = await readChanges(redis, after);
    after = changes.at(-1)?.id ?? after;
    // What was cut off from the stream meanwhile is not told again.
    const isWhole = !mayHaveMissed && changes.length < most;
    mayHaveMissed = false;
    await look(isWhole ? new Set(changes.map(({ line }) => line)) : boards.keys());
  }

  const again = () =>
    redis.clock.after(pollMs, () => {
      if (isClosed) return;
      (boards.size > 0 ? poll().catch(missed) : Promise.resolve()).finally(again);
    });
  again();

  return {
    of(line) {
      const board = new RedisPlanBoard({ ...options, line });
      boards.set(line, board);
      board.onClose(() => boards.get(line) === board && boards.delete(line));
      void board.look().catch(missed);
      return board;
    },
    close() {
      isClosed = true;
    },
  };
}

async function readChanges(redis: Redis, after: string): Promise<{ id: string; line: string }[]> {
  const answer = await redis.send('XREAD', 'COUNT', most, 'STREAMS', changesKey(redis), after);
  const [, entries = []] = (answer as Entries)?.[0] ?? [];
  return entries.map(([id, [, line = '']]) => ({ id, line }));
}

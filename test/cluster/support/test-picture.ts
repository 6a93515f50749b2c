import pino, { type Logger } from 'pino';
import { SharedPicture } from '../../../src/cluster/line/shared-picture.ts';
import { LogTail } from '../../../src/cluster/redis/log-tail.ts';
import type { OpenRedis } from '../../../src/cluster/redis/redis.ts';

/** The picture of a line at account scope, as one replica follows it. A defect throws. */
export function joinTestPicture(
  redis: OpenRedis,
  log: Logger = pino({ level: 'silent' }),
): { picture: SharedPicture; leave(): void } {
  const tail = new LogTail(redis, log);
  const picture = new SharedPicture({
    ...{ redis, tail, line: 'l', scope: 'account', clock: redis.clock, log },
    hostTime: (time) => time,
    onDefect(error) {
      throw error;
    },
  });
  picture.join();
  return {
    picture,
    leave() {
      picture.leave();
      tail.close();
    },
  };
}

import type { OpenRedis } from '../../../src/cluster/redis/redis.ts';

/** A connection whose answers to one command can be held back, after Redis has given them. */
export function slowed(redis: OpenRedis, command: string) {
  let gate: Promise<void> | undefined;
  let open = () => {};
  const send: OpenRedis['send'] = async (...sent) => {
    const held = sent[0] === command ? gate : undefined;
    if (held) gate = undefined;
    const answer = await redis.send(...sent);
    await held;
    return answer;
  };
  const held = new Proxy(redis, {
    get(target, name) {
      if (name === 'send') return send;
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return {
    held,
    letGo: {
      /** Holds back the answer to the next of these commands. */
      hold<T>(run: () => T): T {
        gate = new Promise((resolve) => {
          open = resolve;
        });
        return run();
      },
      now: () => open(),
    },
  };
}

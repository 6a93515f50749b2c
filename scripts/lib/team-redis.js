// What `npm run team` does with a Redis that it did not start: REDIS_URL.

const ours = 'rcmcp:*';

async function withRedis(url, use) {
  // Not before packages are installed.
  const { createClient } = await import('@redis/client');
  const client = createClient({ url, socket: { connectTimeout: 2_000, reconnectStrategy: false } });
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}

async function keysOf(client) {
  const keys = [];
  for await (const some of client.scanIterator({ MATCH: ours, COUNT: 1_000 })) keys.push(...some);
  return keys;
}

/** @throws where it does not answer, or has what replicas keep: it may be that of a real team */
export async function requireUnused(url) {
  const keys = await withRedis(url, keysOf).catch((error) => {
    throw new Error(`REDIS_URL: no Redis answers there (${error.message}).`);
  });
  if (keys.length > 0) {
    throw new Error(
      `REDIS_URL: this Redis has what replicas keep (${keys.length} keys ${ours}), of a team or of a run that was killed. ` +
        'Name another database (redis://HOST/1), or remove these keys.',
    );
  }
}

/** Removes what replicas keep. */
export const removeKeys = (url) =>
  withRedis(url, async (client) => {
    const keys = await keysOf(client);
    if (keys.length > 0) await client.unlink(keys);
  });

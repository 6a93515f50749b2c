// Loaded into a server before it (`node --import`): answers each message of the bench with what the process holds.
import { collect } from './garbage.ts';

process.on('message', () => {
  // The first collection lets go of what the second one finds.
  for (let times = 0; times < 2; times += 1) collect();
  process.send?.(process.memoryUsage());
});
// The bench is gone: nobody else ends this server.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// A server that was asked to end does not wait for the bench.
process.channel?.unref();

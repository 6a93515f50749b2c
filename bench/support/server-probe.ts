// Loaded into a server before it (`node --import`), answers the bench what the process holds and how long it works
// without a pause.
import { readFileSync } from 'node:fs';
import { collect } from './garbage.ts';

/** `memory`: answers with `process.memoryUsage()` once garbage is collected; the other two begin and end a watch. */
export type Question = 'memory' | 'watch turns' | 'longest turn';

const tickMs = 10;
const schedule = `/proc/self/task/${process.pid}/schedstat`;

/** Processor time of the main thread so far, in ms: what others do on the machine does not count. */
const workedMs = () => Number(readFileSync(schedule, 'utf8').split(' ')[0]) / 1e6;

let longestMs = 0;
let timer: NodeJS.Timeout | undefined;

function watch(): void {
  clearInterval(timer);
  longestMs = 0;
  let before = workedMs();
  timer = setInterval(() => {
    const now = workedMs();
    longestMs = Math.max(longestMs, now - before);
    before = now;
  }, tickMs).unref();
}

process.on('message', (question: Question) => {
  if (question === 'watch turns') watch();
  if (question === 'longest turn') {
    clearInterval(timer);
    process.send?.(longestMs);
  }
  if (question === 'memory') {
    // The first collection lets go of what the second one finds.
    for (let times = 0; times < 2; times += 1) collect();
    process.send?.(process.memoryUsage());
  }
});
// The bench is gone: nobody else ends this server.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
// A server that was asked to end does not wait for the bench.
process.channel?.unref();

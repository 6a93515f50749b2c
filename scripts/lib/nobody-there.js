// When what `npm start` and `npm run team` have started is to end, because nobody is there any more.
import { spawnSync } from 'node:child_process';

/** Whoever started this process; where npm did, through a shell that may outlive it, npm too. */
function starters() {
  const { ppid, env } = process;
  if (!env.npm_lifecycle_event) return [ppid];
  const { stdout } = spawnSync('ps', ['-o', 'ppid=', '-p', String(ppid)], { encoding: 'utf8' });
  const npm = Number(stdout);
  return npm > 1 ? [ppid, npm] : [ppid];
}

const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/**
 * Calls `end` once nobody reads any more what this process prints, or those who started it have gone: npm may be killed without
 * passing the signal on. It may be called more than once.
 */
export function onNobodyThere(end) {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', end);
  const [parent, ...others] = starters();
  setInterval(() => {
    if (process.ppid !== parent || !others.every(isAlive)) end();
  }, 500).unref();
}

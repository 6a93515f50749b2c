import type { Place } from '../place.ts';

/** No process has ended by itself or logged a defect, and none has told a secret. */
export function judgeProcesses(
  { seats, secrets }: Place,
  ended: ReadonlyMap<string, number | null>,
): string[] {
  const found: string[] = [];
  for (const [name, code] of ended) if (code !== 0) found.push(`${name} ended with ${code} at SIGTERM`);
  for (const { name, processes, killed } of seats) {
    for (const replica of processes) {
      const { server } = replica;
      const { exitCode, signalCode } = server.child;
      if (exitCode !== 0 && !killed.has(replica)) found.push(`${name} ended: ${exitCode ?? signalCode}`);
      for (const { level, msg, err } of server.logs) {
        // A disk that the campaign filled is told of so.
        const isDisk = /audit log/.test(String(msg));
        if (!isDisk && (level === 'error' || level === 'fatal' || Number(level) >= 50))
          found.push(`${name} logged ${msg} ${JSON.stringify(err ?? '').slice(0, 600)}`);
      }
      const text = server.stderr();
      if (secrets.some((secret) => text.includes(secret)) || /Bearer [\w.-]{10}/.test(text))
        found.push(`${name} logged a secret`);
      const plain = text.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
      if (plain.length > 0) found.push(`${name} wrote ${plain.slice(0, 25).join(' / ').slice(0, 4_000)}`);
    }
  }
  return found;
}

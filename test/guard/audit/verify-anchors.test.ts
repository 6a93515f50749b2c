import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openAuditLog } from '../../../src/app/audit-log.ts';
import type { AuditAnchors } from '../../../src/guard/audit/anchors.ts';
import type { AuditEntry } from '../../../src/guard/audit/entry.ts';
import { verifyAudit } from '../../../src/guard/audit/verify.ts';
import { memoryAnchors } from '../../cluster/support/memory-anchors.ts';
import { manualClock } from '../../support/clock.ts';

const key = 'a key of sixteen characters';
const day = 24 * 3_600_000;
const clock = manualClock();
const entry: AuditEntry = { event: 'refused', kind: 'denied', principal: 'local', tool: 'a tool', args: {} };
let folder: string;
let anchors: AuditAnchors;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'verify-'));
  anchors = memoryAnchors(clock);
});
afterEach(() => rmSync(folder, { recursive: true }));

const fileOf = (replica: string) => join(folder, `audit-${replica}.log`);

/** What a replica writes, and its end. */
async function write(replica: string, lines: number, to: AuditAnchors | 'none' = anchors) {
  // Lines that are written at another time are other lines.
  clock.advance(1);
  const log = await openAuditLog({
    ...{ file: fileOf(replica), key, replica, clock, log: pino({ level: 'silent' }) },
    ...(to !== 'none' && { anchors: to }),
  });
  for (let line = 0; line < lines; line += 1) log.write(entry);
  return log.close();
}
async function verify(names: string[], more: { days?: number; now?: number; key?: string } = {}) {
  const { logs, problems } = await verifyAudit(names.map(fileOf), {
    key,
    anchors,
    now: clock.now(),
    ...more,
  });
  return { logs, told: [...logs.flatMap(({ problem }) => problem ?? []), ...problems] };
}
const cut = (replica: string, lines: number) => {
  const all = readFileSync(fileOf(replica), 'utf8').split('\n').slice(0, lines);
  writeFileSync(fileOf(replica), all.map((line) => `${line}\n`).join(''));
};

describe('the logs of all replicas', () => {
  test('are whole where each ends as it was anchored', async () => {
    await write('a', 5);
    await write('b', 3);
    const { logs, told } = await verify(['a', 'b']);
    expect(told).toEqual([]);
    expect(logs).toMatchObject([
      { replica: 'a', count: 5, anchor: { sequence: 5 } },
      { replica: 'b', count: 3, anchor: { sequence: 3 } },
    ]);
  });

  test('may be longer than they were anchored', async () => {
    await write('a', 5);
    await write('a', 2, 'none');
    expect(await verify(['a'])).toMatchObject({ told: [], logs: [{ count: 7, anchor: { sequence: 5 } }] });
  });

  test('one that is missing is named', async () => {
    await write('a', 5);
    await write('b', 3);
    expect((await verify(['a'])).told).toEqual([
      expect.stringMatching(/^A log of the replica b is missing among the files: it had 3 lines at 2026-/),
    ]);
  });

  test('one whose tail was cut, and one that was written anew, are found', async () => {
    await write('a', 5);
    const whole = readFileSync(fileOf('a'));
    cut('a', 4);
    expect((await verify(['a'])).told).toEqual([
      expect.stringMatching(/ends at line 4, and line 5 was anchored/),
    ]);
    // The same first line, and other ones after it.
    cut('a', 1);
    await write('a', 9, memoryAnchors(clock));
    expect((await verify(['a'])).told).toEqual([expect.stringMatching(/written anew.*line 5/)]);
    writeFileSync(fileOf('a'), whole);
    expect((await verify(['a'])).told).toEqual([]);
  });

  test('one that was deleted and begun anew does not take the place of the old one', async () => {
    await write('a', 3);
    rmSync(fileOf('a'));
    await write('a', 9);
    expect((await verify(['a'])).told).toEqual([
      expect.stringMatching(/replica a is missing.*it had 3 lines/),
    ]);
  });

  test('one that no replica has written is found, and one of another key', async () => {
    await write('a', 5);
    await write('x', 2, memoryAnchors(clock));
    expect((await verify(['a', 'x'])).told).toEqual([
      expect.stringMatching(/^No replica has anchored this log/),
    ]);
    const other = await verify(['a'], { key: 'another key of this length' });
    expect(other.told).toEqual([
      expect.stringMatching(/^Line 1 was changed.*or the key is another one/),
      expect.stringMatching(/replica a is missing/),
    ]);
  });

  test('one that nobody has written to since the days of the retention may be missing', async () => {
    await write('a', 5);
    await write('b', 3);
    const later = { days: 30, now: clock.now() + 32 * day };
    expect((await verify(['a'], later)).told).toEqual([]);
    expect((await verify(['a'], { now: later.now })).told).toHaveLength(1);
  });

  test('a copy that has other lines than the log is found', async () => {
    await write('a', 2);
    copyFileSync(fileOf('a'), fileOf('copy'));
    await write('a', 2);
    expect((await verify(['a', 'copy'])).told).toEqual([]);
    renameSync(fileOf('a'), fileOf('kept'));
    renameSync(fileOf('copy'), fileOf('a'));
    await write('a', 1, memoryAnchors(clock));
    expect((await verify(['a', 'kept'])).told).toEqual([
      expect.stringMatching(/audit-a\.log and .*audit-kept\.log have different lines/),
    ]);
  });
});

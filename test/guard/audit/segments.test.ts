import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seal, writeLine } from '../../../src/guard/audit/chain.ts';
import type { AuditEntry } from '../../../src/guard/audit/entry.ts';
import type { AuditOptions } from '../../../src/guard/audit/log.ts';
import { verifyAudit } from '../../../src/guard/audit/verify.ts';
import { manualClock } from '../../support/clock.ts';
import { findings, openAudit } from '../support/audit.ts';

const key = 'a key of sixteen characters';
const hour = 3_600_000;
const day = 24 * hour;
let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'segments-'));
  file = join(folder, 'audit.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const entry: AuditEntry = { event: 'refused', kind: 'denied', principal: 'local', tool: 'a tool', args: {} };
const open = (options: Partial<AuditOptions> = {}) =>
  openAudit({ file, key, clock: manualClock(), ...options });
/** Files of the log, without its lock. */
const files = () =>
  readdirSync(folder)
    .filter((name) => !name.endsWith('.lock'))
    .sort();
const lines = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** A log with three ended segments of some lines each. */
async function inSegments(options: Partial<AuditOptions> = {}) {
  const log = await open({ segmentBytes: 600, ...options });
  while (!existsSync(`${file}.000003`)) log.write(entry);
  return log.close();
}

describe('segments', () => {
  test('a full one is put aside, and the next follows on it', async () => {
    const { head, count } = await inSegments();
    expect(files()).toEqual(['audit.log', 'audit.log.000001', 'audit.log.000002', 'audit.log.000003']);
    const last = lines(`${file}.000001`).at(-1);
    const [first] = lines(`${file}.000002`);
    expect(last).toMatchObject({ event: 'sealed', segment: 1 });
    expect(first).toMatchObject({ event: 'segment', segment: 2, after: last.seal, seq: last.seq + 1 });
    expect(await findings(file, { key, expect: head })).toMatchObject({ head, count, segments: 4 });
    expect((await findings(file, { key, expect: head })).problem).toBeUndefined();
    for (const name of files()) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  test('the chain goes on after a restart', async () => {
    const { count } = await inSegments();
    const log = await open();
    log.write(entry);
    expect(log.close().count).toBe(count + 1);
    expect(await findings(file, { key })).toMatchObject({ count: count + 1, segments: 4 });
    expect((await findings(file, { key })).problem).toBeUndefined();
  });

  test('a log as it was before there were segments goes on', async () => {
    const before = await open();
    for (let line = 0; line < 10; line += 1) before.write(entry);
    before.close();
    const log = await open({ segmentBytes: 600 });
    log.write(entry);
    expect(lines(`${file}.000001`)).toHaveLength(11);
    const { head } = log.close();
    expect((await findings(file, { key, expect: head })).problem).toBeUndefined();
  });

  test('without days nothing ends by its age, and nothing is removed', async () => {
    const clock = manualClock();
    const log = await open({ clock });
    log.write(entry);
    clock.advance(400 * day);
    log.write(entry);
    log.close();
    expect(files()).toEqual(['audit.log']);
    await inSegments();
    clock.advance(4000 * day);
    (await open({ clock })).close();
    expect(files()).toHaveLength(4);
  });

  test('a change, a cut and a missing segment are found wherever they are', async () => {
    const { head } = await inSegments();
    const [one = '', two = ''] = [`${file}.000001`, `${file}.000002`];
    const problem = async () => (await findings(file, { key, expect: head })).problem;
    const manipulations: Record<string, [() => void, RegExp]> = {
      'the first one is missing': [() => rmSync(one), /Segment 1 is missing, and the log does not say/],
      'the second one is missing': [() => rmSync(two), /Segment 2 is missing/],
      'two are missing': [
        () => {
          rmSync(one);
          rmSync(two);
        },
        /Segments 1 to 2 are missing/,
      ],
      'the last one is missing': [() => rmSync(file), /expected head/],
      'one is cut': [
        () => writeFileSync(two, `${readFileSync(two, 'utf8').split('\n')[0]}\n`),
        /Segment 3 does not follow on the end of segment 2/,
      ],
      'one is changed': [
        () => writeFileSync(one, readFileSync(one, 'utf8').replace('denied', 'unseen')),
        /audit\.log\.000001: Line 1 was changed/,
      ],
      'two are swapped': [
        () => {
          renameSync(one, `${one}.x`);
          renameSync(two, one);
          renameSync(`${one}.x`, two);
        },
        /^$/,
      ],
    };
    const kept = join(folder, 'kept');
    mkdirSync(kept);
    for (const name of files().filter((each) => each !== 'kept'))
      copyFileSync(join(folder, name), join(kept, name));
    for (const [what, [manipulate, told]] of Object.entries(manipulations)) {
      manipulate();
      expect((await problem()) ?? '', what).toMatch(told);
      cpSync(kept, folder, { recursive: true });
    }
  });

  test('copies elsewhere count as the segments that they are', async () => {
    const { head } = await inSegments();
    const archive = join(folder, 'archive');
    mkdirSync(archive);
    renameSync(`${file}.000001`, join(archive, 'november.log'));
    copyFileSync(`${file}.000002`, join(archive, 'two'));
    const all = [file, join(archive, 'november.log'), join(archive, 'two')];
    const check = async () => (await verifyAudit(all, { key, expect: head, now: 0 })).logs;
    expect(await check()).toMatchObject([{ segments: 4, head }]);
    expect((await check())[0]?.problem).toBeUndefined();
  });

  test('what stands beside a log is no log', async () => {
    const { head } = await inSegments();
    for (const name of ['plans', 'plans.new', 'lock', 'new'])
      writeFileSync(`${file}.${name}`, 'something else');
    const all = readdirSync(folder).map((name) => join(folder, name));
    const { logs, problems } = await verifyAudit(all, { key, now: 0 });
    expect(problems).toEqual([]);
    expect(logs).toMatchObject([{ head, segments: 4, file }]);
  });

  test('a log may be called like what stands beside one', async () => {
    file = join(folder, 'audit.new');
    const log = await open();
    log.write(entry);
    log.close();
    expect(await findings(file, { key })).toMatchObject({ count: 1 });
  });

  test('where no new segment can be begun, the log goes on in the old one and says so', async () => {
    const said: string[] = [];
    const log = pino({ base: null }, { write: (line) => void said.push(JSON.parse(line).msg) });
    mkdirSync(`${file}.new`);
    const audit = await open({ segmentBytes: 600, log });
    for (let line = 0; line < 5; line += 1) audit.write(entry);
    expect(said).toEqual(['no new segment of the audit log can be begun']);
    rmSync(`${file}.new`, { recursive: true });
    for (let line = 0; line < 5; line += 1) audit.write(entry);
    const { head } = audit.close();
    expect(files()).toContain('audit.log.000001');
    expect((await findings(file, { key, expect: head })).problem).toBeUndefined();
  });

  test('no file that is there already is written over', async () => {
    writeFileSync(`${file}.000001`, 'mine');
    const audit = await open({ segmentBytes: 600 }).catch((error: Error) => error);
    expect(audit).toMatchObject({ message: expect.stringContaining('not continued') });
    rmSync(`${file}.000001`);
    const log = await open({ segmentBytes: 600 });
    writeFileSync(`${file}.000001`, 'mine');
    for (let line = 0; line < 5; line += 1) log.write(entry);
    log.close();
    expect(readFileSync(`${file}.000001`, 'utf8')).toBe('mine');
  });

  test('an act that ends in a later segment has its outcome', async () => {
    const log = await open({ segmentBytes: 600 });
    log.write({ ...entry, event: 'intent', act: 'a' } as AuditEntry);
    log.write({ ...entry, event: 'intent', act: 'b' } as AuditEntry);
    while (!existsSync(`${file}.000001`)) log.write(entry);
    log.write({ event: 'outcome', act: 'a', result: 'observed' });
    log.close();
    expect(await findings(file, { key })).toMatchObject({ segments: 2, unfinished: 1 });
  });
});

describe('a server that ends while it changes segments', () => {
  /** What is on the disk before and after such a change, as bytes by name. */
  async function change() {
    const log = await open({ segmentBytes: 600 });
    let before = Buffer.alloc(0);
    while (!existsSync(`${file}.000001`)) {
      before = readFileSync(file);
      log.write(entry);
    }
    log.close();
    const ended = readFileSync(`${file}.000001`);
    const [first = ''] = readFileSync(file, 'utf8').split('\n');
    return { before, ended, next: Buffer.from(`${first}\n`) };
  }

  test('leaves a log that goes on and is whole, wherever it ended', async () => {
    const { before, ended, next } = await change();
    const cut = (bytes: Buffer, share: number) => bytes.subarray(0, Math.floor(bytes.length * share));
    const states = fc.oneof(
      // The next segment is being prepared; the end is being written; between the two renames; done.
      fc.double({ min: 0, max: 1, noNaN: true }).map((share) => ({ '': before, '.new': cut(next, share) })),
      fc
        .integer({ min: before.length, max: ended.length })
        .map((length) => ({ '': ended.subarray(0, length), '.new': next })),
      fc.constant({ '': ended, '.new': next }),
      fc.constant({ '.000001': ended, '.new': next }),
      fc.constant({ '.000001': ended, '.new': next, '': Buffer.alloc(0) }),
      fc.constant({ '.000001': ended, '': next }),
    );
    await fc.assert(
      fc.asyncProperty(states, fc.nat(3), async (state: Record<string, Buffer>, more) => {
        for (const name of readdirSync(folder)) rmSync(join(folder, name));
        for (const [name, bytes] of Object.entries(state)) writeFileSync(`${file}${name}`, bytes);
        const text = state['']?.toString() ?? '';
        // A half written line is told, as ever; all else is a whole log already before the next start.
        const isCut = text !== '' && !text.endsWith('\n');
        const found = await findings(file, { key });
        expect(found.problem ?? '').toMatch(isCut ? /cut off/ : /^$/);
        const log = await open({ segmentBytes: 600 });
        for (let line = 0; line < more; line += 1) log.write(entry);
        const { head, count } = log.close();
        const after = await findings(file, { key, expect: head });
        expect(after.problem).toBeUndefined();
        expect(after).toMatchObject({ count, head });
        expect(count).toBeGreaterThanOrEqual(before.toString().trimEnd().split('\n').length + more);
        // What ends a segment is its last line.
        for (const name of files().filter((each) => !each.endsWith('.new')))
          for (const { event } of lines(join(folder, name)).slice(0, -1)) expect(event).not.toBe('sealed');
      }),
      { numRuns: 60 },
    );
  });

  test('has a line that was half written taken off at the next start, and says so in the log', async () => {
    const log = await open();
    log.write(entry);
    log.close();
    writeFileSync(file, '{"seq":2,"ti', { flag: 'a' });
    expect((await findings(file, { key })).problem).toBe('Line 2 is cut off.');
    (await open()).close();
    expect(lines(file)).toMatchObject([{ event: 'refused' }, { event: 'repaired', bytes: 12 }]);
    expect((await findings(file, { key })).problem).toBeUndefined();
  });
});

describe('days', () => {
  test('end a segment each day and remove what is older, which the log says', async () => {
    const clock = manualClock();
    const log = await open({ clock, days: 2 });
    for (let hours = 0; hours < 6 * 24; hours += 6) {
      log.write(entry);
      clock.advance(6 * hour);
    }
    const { head } = log.close();
    const oldest = files()[1];
    expect(oldest).not.toBe('audit.log.000001');
    const [first] = lines(join(folder, oldest ?? ''));
    expect(Date.parse(first.time)).toBeGreaterThan(clock.now() - 4 * day);
    const found = await findings(file, { key, expect: head });
    expect(found.problem).toBeUndefined();
    expect(found.removed).toMatchObject({
      segment: first.segment - 1,
      head: first.after,
      line: first.seq - 1,
      days: 2,
    });
  });

  test('remove what is old while nobody acts, and once', async () => {
    const clock = manualClock();
    const log = await open({ clock, days: 1 });
    log.write(entry);
    clock.advance(40 * day);
    log.close();
    expect(files()).toEqual(['audit.log', 'audit.log.000002'].slice(0, 1));
    expect(lines(file).map(({ event }) => event)).toEqual(['segment', 'removed']);
    expect((await findings(file, { key })).problem).toBeUndefined();
  });

  test('what was taken away besides is found', async () => {
    const clock = manualClock();
    const log = await open({ clock, days: 3 });
    for (let days = 0; days < 8; days += 1) {
      log.write(entry);
      clock.advance(day);
    }
    log.close();
    const [, oldest = ''] = files();
    rmSync(join(folder, oldest));
    expect((await findings(file, { key })).problem).toMatch(
      /Segment \d is missing, and the log does not say/,
    );
  });

  test('a removal of other lines than those before the first segment does not explain it', async () => {
    const chain = 'c'.repeat(64);
    const text = (after: string) => {
      let previous = after;
      const written = [
        { seq: 10, time: '2026-11-02T10:00:00.000Z', event: 'segment', chain, segment: 2, after },
        {
          seq: 11,
          time: '2026-11-02T10:00:00.000Z',
          event: 'removed',
          segment: 1,
          line: 9,
          head: 'a'.repeat(64),
          days: 1,
        },
      ].map((line) => {
        const content = JSON.stringify(line);
        previous = seal(key, previous, content);
        return `${writeLine(content, previous)}\n`;
      });
      return written.join('');
    };
    writeFileSync(file, text('a'.repeat(64)));
    expect((await findings(file, { key })).problem).toBeUndefined();
    writeFileSync(file, text('b'.repeat(64)));
    expect((await findings(file, { key })).problem).toBe(
      'Segment 2 does not follow on what the log says was removed.',
    );
  });

  test('a removal that did not come to its end is told, checked and finished', async () => {
    const clock = manualClock();
    const log = await open({ clock, days: 2 });
    log.write(entry);
    clock.advance(day + hour);
    log.write(entry);
    const old = readFileSync(`${file}.000001`);
    clock.advance(2 * day);
    log.close();
    expect(existsSync(`${file}.000001`)).toBe(false);
    writeFileSync(`${file}.000001`, old);
    expect((await findings(file, { key })).problem).toBeUndefined();
    (await open({ clock, days: 2 })).close();
    expect(existsSync(`${file}.000001`)).toBe(false);
    expect((await findings(file, { key })).problem).toBeUndefined();
  });

  test('a segment whose end was changed stays, and what follows it', async () => {
    const said: string[] = [];
    const clock = manualClock();
    const first = await open({ clock, days: 5 });
    for (let days = 0; days < 4; days += 1) {
      first.write(entry);
      clock.advance(day);
    }
    first.close();
    const kept = files();
    const one = `${file}.000001`;
    writeFileSync(one, readFileSync(one, 'utf8').replace(/"until":"2026/, '"until":"2027'));
    clock.advance(30 * day);
    const log = pino({ base: null }, { write: (line) => void said.push(JSON.parse(line).msg) });
    (await open({ clock, days: 1, log })).close();
    expect(files()).toEqual(expect.arrayContaining(kept));
    expect(said).toContain('old segments of the audit log stay');
  });
});

describe('replicas', () => {
  test('each line has the name of its replica', async () => {
    await inSegments({ replica: 'a' });
    for (const name of files())
      for (const line of lines(join(folder, basename(name)))) expect(line.replica).toBe('a');
    expect(await findings(file, { key })).toMatchObject({ replica: 'a' });
  });

  test('the log of one is not continued by another, which is told what to do', async () => {
    const log = await open({ replica: 'a' });
    await expect(open({ replica: 'b', waitMs: 0 })).rejects.toThrow(
      /another server writes to it.*\{replica\}/,
    );
    log.write(entry);
    log.close();
    await expect(open({ replica: 'b' })).rejects.toThrow(
      /the log of the replica a, and this is b.*RC_MCP_REPLICA/,
    );
    const again = await open({ replica: 'a' });
    again.write(entry);
    expect(again.close().count).toBe(2);
  });

  test('a log of one server may become that of a replica', async () => {
    const log = await open();
    log.write(entry);
    log.close();
    const replica = await open({ replica: 'a' });
    replica.write(entry);
    expect(replica.close().count).toBe(2);
  });
});
